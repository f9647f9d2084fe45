using Microsoft.Extensions.Logging;
using Ottla.Network;
using Ottla.Network.Connections;
using Ottla.Network.Links;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Cluster.Controllers;

/// <summary>Requests to whoever leads the metadata quorum, through elections and failures, until they are answered or their time is
/// up.</summary>
/// <remarks>
/// Any thread. One connection each: a controller answers one connection in order, so what must not wait behind something else (heartbeats
/// behind topics that are created) has a channel of its own.
/// Retries: where no leader is known, it cannot be reached, its answer is lost or says NOT_CONTROLLER, the next try comes after a pause
/// that doubles, or as soon as another leads. A request whose answer was lost may be obeyed twice; whatever goes this way bears that
/// (epochs, versions, names).
/// Memory: answers own theirs. Bound: callers wait for their own requests, and a connection takes 32 at a time.
/// </remarks>
internal sealed partial class ControllerChannel : IDisposable
{
    private const int RetryMs = 20;
    private const int RetryMsMax = 1_000;

    private readonly string _purpose;
    private readonly ActiveController _active;
    private readonly LocalController? _local;
    private readonly LinkOptions _options;
    private readonly NetworkPlatform _platform;
    private readonly ILogger _log;
    private readonly ControllerOutage _outage;
    private readonly Lock _gate = new();
    private NodeLink? _link;
    private Peer? _peer;
    private bool _isDisposed;

    /// <param name="purpose">For messages, and the end of the client id that the controller sees.</param>
    /// <param name="node">This node.</param>
    /// <param name="active">Who leads.</param>
    /// <param name="local">This node's controller; null where it is a broker alone.</param>
    /// <param name="known">The controllers that the configuration names, for messages.</param>
    /// <param name="platform">Network, clock, chance.</param>
    /// <param name="log">Hears of outages.</param>
    public ControllerChannel(string purpose, BrokerId node, ActiveController active, LocalController? local, IReadOnlyList<NodeAddress> known,
        NetworkPlatform platform, ILogger log)
    {
        (_purpose, _active, _local, _platform, _log) = (purpose, active, local, platform, log);
        _options = new LinkOptions
        {
            ClientId = $"node-{node}-{purpose.Replace(' ', '-')}",
            PoolsAnswers = false,
            ConnectTimeoutMs = RequestMsMax,
            RequestTimeoutMs = RequestMsMax,
            ReconnectBackoffMs = RetryMs,
            ReconnectBackoffMaxMs = RetryMsMax,
        };
        _outage = new ControllerOutage(purpose, known);
    }

    /// <summary>One try; a controller that takes longer may be frozen, and another lead meanwhile. `controller.socket.timeout.ms` of Kafka
    /// is as long.</summary>
    public const int RequestMsMax = 30_000;

    /// <summary>What the controller that was asked last serves; null where none was asked since it leads.</summary>
    public VersionRange? VersionsOf(ApiKey key)
    {
        if (_active.Current is { IsSelf: true } && _local is not null) return _local.VersionsOf(key);
        return Volatile.Read(ref _peer) is { } peer && peer.Seat == _active.Current ? peer.Versions.Of(key) : null;
    }

    /// <summary>Asks until there is an answer.</summary>
    /// <param name="api">What.</param>
    /// <param name="request">Made for the version in which the controller speaks, once for each try.</param>
    /// <param name="errorOf">The error of the answer as a whole: NOT_CONTROLLER there makes another try.</param>
    /// <param name="timeoutMs">For all tries together.</param>
    /// <param name="cancellation">The caller waits no longer.</param>
    public async Task<ControllerReply<TResponse>> Ask<TRequest, TResponse>(Api<TRequest, TResponse> api, Func<short, TRequest> request,
        Func<TResponse, ErrorCode> errorOf, int timeoutMs, CancellationToken cancellation = default)
        where TRequest : class, IRequest<TRequest>
        where TResponse : class, IResponse<TResponse>
    {
        var deadline = Deadline.In(_platform.Time, timeoutMs);
        for (var failures = 1; ; failures++)
        {
            var seat = _active.Current;
            var why = "no controller is known to lead";
            if (seat is not null)
            {
                var (response, error) = await Once(seat, api, request, deadline, cancellation).ConfigureAwait(false);
                if (response is not null && errorOf(response) != ErrorCode.NotController)
                {
                    Answered(seat);
                    return ControllerReply<TResponse>.Of(response);
                }

                why = error?.Text ?? $"node {seat.Id} is not the controller";
                if (error?.Failure == LinkFailure.UnsupportedVersion) return ControllerReply<TResponse>.Failed(ErrorCode.UnsupportedVersion, why);
            }

            Failed(seat, why);
            if (deadline.Passed || _isDisposed)
                return ControllerReply<TResponse>.Failed(ErrorCode.RequestTimedOut, $"No controller answered {api.Key} within {timeoutMs} ms: {why}");
            await Pause(seat, failures, deadline, cancellation).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        NodeLink? link;
        lock (_gate)
        {
            _isDisposed = true;
            link = _link;
        }

        link?.Dispose();
    }

    private async ValueTask<(TResponse? Response, LinkError? Error)> Once<TRequest, TResponse>(ControllerSeat seat, Api<TRequest, TResponse> api,
        Func<short, TRequest> request, Deadline deadline, CancellationToken cancellation)
        where TRequest : class, IRequest<TRequest>
        where TResponse : class, IResponse<TResponse>
    {
        if (seat.IsSelf && _local is not null) return await _local.Ask(api, request, _options.ClientId).ConfigureAwait(false);
        if (LinkTo(seat) is not { } link) return (null, new LinkError(LinkFailure.ClosedHere, seat.Address, "This node stops"));
        var left = Math.Clamp(deadline.LeftMs, 1, RequestMsMax);
        var opened = await link.Open(Deadline.In(_platform.Time, left), cancellation).ConfigureAwait(false);
        if (opened.Connection is not { } connection) return (null, opened.Error);
        Volatile.Write(ref _peer, new Peer(seat, connection.Versions));
        using var answer = await link.Send(api, request, left, cancellation).ConfigureAwait(false);
        return answer.HasMessage ? (answer.Message, null) : (null, answer.Error);
    }

    private NodeLink? LinkTo(ControllerSeat seat)
    {
        NodeLink? old;
        NodeLink link;
        lock (_gate)
        {
            if (_isDisposed) return null;
            if (_link is { } known && known.Address == seat.Address) return known;
            old = _link;
            _link = link = new NodeLink(seat.Address, _options, _platform);
        }

        old?.Dispose();
        return link;
    }

    /// <summary>Until the next try is due or somebody else leads.</summary>
    private async Task Pause(ControllerSeat? asked, int failures, Deadline deadline, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pause = deadline.Pause(Backoff.After(failures, RetryMs, RetryMsMax, _platform.Random), over.Token);
        await Task.WhenAny(pause, _active.After(asked)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
    }

    private void Failed(ControllerSeat? seat, string why)
    {
        string? text;
        lock (_gate) text = _isDisposed ? null : _outage.Failed(seat, why, NowMs());
        if (text is not null) LogOutage(_log, text);
    }

    private void Answered(ControllerSeat seat)
    {
        string? text;
        lock (_gate) text = _outage.Answered(seat, NowMs());
        if (text is not null) LogAnswered(_log, text);
    }

    private long NowMs() => (long)_platform.Time.GetElapsedTime(0).TotalMilliseconds;

    private sealed record Peer(ControllerSeat Seat, PeerVersions Versions);

    [LoggerMessage(EventId = 1401, Level = LogLevel.Warning, Message = "{Text}")]
    private static partial void LogOutage(ILogger logger, string text);

    [LoggerMessage(EventId = 1402, Level = LogLevel.Information, Message = "{Text}")]
    private static partial void LogAnswered(ILogger logger, string text);
}
