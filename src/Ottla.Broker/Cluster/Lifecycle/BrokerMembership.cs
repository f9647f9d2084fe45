using Microsoft.Extensions.Logging;
using Ottla.Broker.Cluster.Controllers;
using Ottla.Network.Connections;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Loops;

namespace Ottla.Broker.Cluster.Lifecycle;

/// <summary>Runs a <see cref="BrokerLifecycle"/>: its loop, its timer, its connection to the controllers.</summary>
/// <remarks>
/// Owns the loop `broker-lifecycle`; everything that happens is posted there in order. Requests wait outside of it.
/// Failure: what ends the broker goes to <paramref name="mustEnd"/>, which stops the node with that message.
/// </remarks>
internal sealed partial class BrokerMembership : IDisposable
{
    /// <summary>A registration or heartbeat that no controller answered for so long is made anew: its content may be old.</summary>
    private const int AnswerMsMax = 10_000;

    private const short FirstVersionWithOfflineDirectories = 1;
    private const short FirstVersionWithCordonedDirectories = 2;

    private readonly BrokerLifecycle _brain;
    private readonly ControllerChannel _channel;
    private readonly ActiveController _active;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Action<string> _mustEnd;
    private readonly Action<Exception> _fault;
    private readonly EventLoop _loop;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _unfenced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _mayStop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _epoch = BrokerEpoch.None.Value;
    private volatile bool _isFenced = true;
    private long _timerAt = long.MaxValue;

    /// <param name="settings">What the broker says of itself.</param>
    /// <param name="active">Who leads the quorum.</param>
    /// <param name="channel">The way there; of this membership alone, which disposes it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Hears what people should know.</param>
    /// <param name="mustEnd">Ends the node; gets the message for the user.</param>
    /// <param name="fault">Hears of bugs.</param>
    public BrokerMembership(LifecycleSettings settings, ActiveController active, ControllerChannel channel, TimeProvider time, ILogger log,
        Action<string> mustEnd, Action<Exception> fault)
    {
        _brain = new BrokerLifecycle(settings);
        (_active, _channel, _time, _log, _mustEnd, _fault) = (active, channel, time, log, mustEnd, fault);
        _loop = new EventLoop("broker-lifecycle", fault);
        _timer = time.CreateTimer(_ => Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        active.Changed += TellChange;
    }

    /// <summary>The epoch of the registration; none before. Any thread.</summary>
    public BrokerEpoch Epoch => new(Interlocked.Read(ref _epoch));

    /// <summary>As the controller said last. Any thread.</summary>
    public bool IsFenced => _isFenced;

    /// <summary>Completes when the broker is registered; canceled if it stops before.</summary>
    public Task Registered => _registered.Task;

    /// <summary>Completes when the controller has let the broker lead for the first time; canceled if it stops before.</summary>
    public Task Unfenced => _unfenced.Task;

    /// <summary>Registers, and from then on sends heartbeats.</summary>
    public void Start() => Post(new LifecycleInput.Started());

    /// <summary>All of the metadata log below is made true here. Any thread.</summary>
    public void Applied(Offset end, bool isAwaited = false) => Post(new LifecycleInput.Applied(end, isAwaited));

    /// <summary>The first image is made true: the broker could serve. Any thread.</summary>
    public void Ready() => Post(new LifecycleInput.Ready());

    public void DirectoryFailed(Uuid directory) => Post(new LifecycleInput.DirectoryFailed(directory));

    public void Cordoned(IReadOnlyList<Uuid> directories) => Post(new LifecycleInput.Cordoned(directories));

    public void Found(ReadOnlyMemory<byte> findings) => Post(new LifecycleInput.FindingsChanged(findings));

    /// <summary>Asks the controller to take this broker's leaders away, and completes when it has or can't be asked.</summary>
    public Task Stop()
    {
        Post(new LifecycleInput.StopWanted());
        return _mayStop.Task;
    }

    public void Dispose()
    {
        _active.Changed -= TellChange;
        _stopping.Cancel();
        _timer.Dispose();
        _channel.Dispose();
        _registered.TrySetCanceled();
        _unfenced.TrySetCanceled();
        _mayStop.TrySetResult();
    }

    private void TellChange() => Post(new LifecycleInput.ControllerChanged());

    /// <summary>The timer rings once for each setting, and by a coarser clock than the brain's: it may be a few milliseconds early, and is
    /// set anew then, also for the same moment.</summary>
    private void Ring()
    {
        _loop.Post(() => _timerAt = long.MaxValue);
        Post(new LifecycleInput.TimePassed());
    }

    private void Post(LifecycleInput input) => _loop.Post(() =>
    {
        var now = NowMs();
        foreach (var output in _brain.Step(input, now)) Perform(output);
        SetTimer(_brain.Deadline, now);
    });

    private void Perform(LifecycleOutput output)
    {
        switch (output)
        {
            case LifecycleOutput.Register(var request):
                _ = Send(request);
                break;
            case LifecycleOutput.Heartbeat(var request):
                _ = Send(request);
                break;
            case LifecycleOutput.EpochGiven(var epoch):
                Interlocked.Exchange(ref _epoch, epoch.Value);
                _registered.TrySetResult();
                break;
            case LifecycleOutput.FencingChanged(var isFenced):
                _isFenced = isFenced;
                if (!isFenced) _unfenced.TrySetResult();
                LogFencing(_log, isFenced ? "is fenced: it leads nothing until the controller hears from it again" : "is unfenced: it may lead", Epoch);
                break;
            case LifecycleOutput.MayStop:
                _mayStop.TrySetResult();
                break;
            case LifecycleOutput.MustEnd(var why):
                _mayStop.TrySetResult();
                _mustEnd(why);
                break;
            case LifecycleOutput.Notice(var text):
                LogNotice(_log, text);
                break;
            default:
                throw new InvariantException($"Nobody knows how to do {output.GetType()}");
        }
    }

    private Task Send(BrokerRegistrationRequest request) => Ask(
        NodeApis.BrokerRegistration, _ => request, answer => answer.ErrorCode,
        answer => new LifecycleInput.Registered(answer.ErrorCode, new BrokerEpoch(answer.BrokerEpoch)));

    private Task Send(BrokerHeartbeatRequest request) => Ask(
        NodeApis.BrokerHeartbeat, version => Trimmed(request, version), answer => answer.ErrorCode,
        answer => new LifecycleInput.HeartbeatAnswered(answer.ErrorCode, answer.IsFenced, answer.ShouldShutDown));

    private async Task Ask<TRequest, TResponse>(Api<TRequest, TResponse> api, Func<short, TRequest> request, Func<TResponse, ErrorCode> errorOf,
        Func<TResponse, LifecycleInput> taken)
        where TRequest : class, Protocol.Wire.IRequest<TRequest>
        where TResponse : class, Protocol.Wire.IResponse<TResponse>
    {
        try
        {
            var reply = await _channel.Ask(api, request, errorOf, AnswerMsMax, _stopping.Token).ConfigureAwait(false);
            Post(reply.Response is { } answer ? taken(answer) : new LifecycleInput.Unanswered(reply.Why!));
        }
        catch (OperationCanceledException)
        {
            // the node stops: nobody waits for the answer
        }
#pragma warning disable CA1031 // handed to the fault handler, which ends the process
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _fault(fault);
        }
    }

    /// <summary>Without what an older controller's version of the request can't carry.</summary>
    private static BrokerHeartbeatRequest Trimmed(BrokerHeartbeatRequest request, short version)
    {
        if (version < FirstVersionWithCordonedDirectories) request.CordonedLogDirs = null;
        if (version < FirstVersionWithOfflineDirectories) request.OfflineLogDirs = [];
        return request;
    }

    private void SetTimer(long at, long now)
    {
        if (at == _timerAt) return;
        _timerAt = at;
        _timer.Change(at == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Max(0, at - now)), Timeout.InfiniteTimeSpan);
    }

    private long NowMs() => (long)_time.GetElapsedTime(0).TotalMilliseconds;

    [LoggerMessage(EventId = 1411, Level = LogLevel.Information, Message = "This broker {What} (epoch {Epoch})")]
    private static partial void LogFencing(ILogger logger, string what, BrokerEpoch epoch);

    [LoggerMessage(EventId = 1412, Level = LogLevel.Warning, Message = "{Text}")]
    private static partial void LogNotice(ILogger logger, string text);
}
