using Microsoft.Extensions.Logging;
using Ottla.Metadata.Image;
using Ottla.Network;
using Ottla.Network.Connections;
using Ottla.Network.Links;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Loops;

namespace Ottla.Broker.Cluster.Controllers;

/// <summary>Keeps this controller registered with the one that leads: its listeners and what it supports (KIP-919).</summary>
/// <remarks>
/// Owns the loop `controller-enrolment`. Whenever an image lacks this run of this node, and the cluster's level knows registrations at all,
/// the registration is sent, once at a time, and again while it fails. The leader enrols with itself in the same way.
/// </remarks>
internal sealed partial class ControllerEnrolment : IDisposable
{
    private const int AnswerMsMax = 10_000;
    private const int RetryMs = 100;
    private const int RetryMsMax = 10_000;

    private readonly ControllerRegistrationRequest _self;
    private readonly ControllerChannel _channel;
    private readonly NetworkPlatform _platform;
    private readonly Func<MetadataImage, bool> _isSupported;
    private readonly ILogger _log;
    private readonly Action<Exception> _fault;
    private readonly EventLoop _loop;
    private readonly CancellationTokenSource _stopping = new();
    private bool _isMissing;
    private bool _isUnderWay;

    /// <param name="self">What is registered.</param>
    /// <param name="channel">The way to the leader; of this enrolment alone, which disposes it.</param>
    /// <param name="isSupported">Whether the cluster's level knows registrations of controllers.</param>
    /// <param name="platform">Time and chance for the pauses between tries.</param>
    /// <param name="log">Hears what people should know.</param>
    /// <param name="fault">Hears of bugs.</param>
    public ControllerEnrolment(ControllerRegistrationRequest self, ControllerChannel channel, Func<MetadataImage, bool> isSupported, NetworkPlatform platform,
        ILogger log, Action<Exception> fault)
    {
        (_self, _channel, _isSupported, _platform, _log, _fault) = (self, channel, isSupported, platform, log, fault);
        _loop = new EventLoop("controller-enrolment", fault);
    }

    /// <summary>Something was committed. Any thread.</summary>
    public void Published(MetadataImage image) => _loop.Post(() =>
    {
        var registered = image.Cluster.Controllers.TryGetValue(_self.ControllerId, out var known) && known.IncarnationId == _self.IncarnationId;
        _isMissing = !registered && _isSupported(image);
        Go();
    });

    public void Dispose()
    {
        _stopping.Cancel();
        _channel.Dispose();
    }

    private void Go()
    {
        if (!_isMissing || _isUnderWay || _stopping.IsCancellationRequested) return;
        _isUnderWay = true;
        _ = Enrol();
    }

    private async Task Enrol()
    {
        try
        {
            for (var failures = 1; ; failures++)
            {
                var reply = await _channel.Ask(NodeApis.ControllerRegistration, _ => _self, a => a.ErrorCode, AnswerMsMax, _stopping.Token).ConfigureAwait(false);
                if (reply.Response is { ErrorCode: ErrorCode.None }) break;
                LogRefused(_log, _self.ControllerId, reply.Why ?? reply.Response!.ErrorMessage ?? reply.Response.ErrorCode.ProtocolName());
                await Task.Delay(Backoff.After(failures, RetryMs, RetryMsMax, _platform.Random), _platform.Time, _stopping.Token).ConfigureAwait(false);
            }

            // the image that brings it says that nothing is missing any more
            _loop.Post(() => _isUnderWay = false);
        }
        catch (OperationCanceledException)
        {
            // the node stops
        }
#pragma warning disable CA1031 // handed to the fault handler, which ends the process
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _fault(fault);
        }
    }

    [LoggerMessage(EventId = 1421, Level = LogLevel.Warning, Message = "Controller {Id} is not registered: {Why}; trying on")]
    private static partial void LogRefused(ILogger logger, int id, string why);
}
