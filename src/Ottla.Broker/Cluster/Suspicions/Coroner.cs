using Microsoft.Extensions.Logging;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Loops;

namespace Ottla.Broker.Cluster.Suspicions;

/// <summary>Runs an <see cref="Inquest"/>: its loop, its timer, and the fencing of those that are confirmed dead.</summary>
/// <remarks>Owns the loop `inquest`. On every controller; only the one that leads judges.</remarks>
internal sealed partial class Coroner : IDisposable
{
    private readonly Inquest _brain;
    private readonly Func<BrokerId, BrokerEpoch, Task> _fence;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Action<Exception> _fault;
    private readonly EventLoop _loop;
    private readonly ITimer _timer;

    /// <param name="node">This node.</param>
    /// <param name="fence">Asks the controller to fence that epoch of a broker; must not throw but for bugs.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Hears of deaths.</param>
    /// <param name="fault">Hears of bugs.</param>
    public Coroner(BrokerId node, Func<BrokerId, BrokerEpoch, Task> fence, TimeProvider time, ILogger log, Action<Exception> fault)
    {
        _brain = new Inquest(node);
        (_fence, _time, _log, _fault) = (fence, time, log, fault);
        _loop = new EventLoop("inquest", fault);
        _timer = time.CreateTimer(_ => _loop.Post(Judge), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>This node leads the quorum, or does no more. Any thread.</summary>
    public void Preside(bool presides) => _loop.Post(() =>
    {
        _brain.Preside(presides);
        Judge();
    });

    /// <summary>The brokers that are not fenced. Any thread.</summary>
    public void Brokers(IReadOnlyList<(BrokerId Id, BrokerEpoch Epoch)> active) => _loop.Post(() =>
    {
        _brain.Brokers(active);
        Judge();
    });

    /// <summary>What this node's <see cref="Watchman"/> found. Any thread.</summary>
    public void Found(Target target, Finding finding)
    {
        if (target.Duty != Duty.Broker) return;
        _loop.Post(() =>
        {
            _brain.Found(target.Id, new BrokerEpoch(target.Epoch), finding, NowMs());
            Judge();
        });
    }

    /// <summary>A heartbeat that the controller accepted. Any thread.</summary>
    public void Heard(BrokerId id, BrokerEpoch epoch, IReadOnlyList<FoundTarget>? findings, CancellationToken line)
    {
        _loop.Post(() =>
        {
            // the end of the line may be the last that was missing
            if (_brain.Heard(id, epoch, findings, line)) line.UnsafeRegister(static it => ((Coroner)it!).LineEnded(), this);
            Judge();
        });
    }

    public void Dispose() => _timer.Dispose();

    private void LineEnded() => _loop.Post(Judge);

    private void Judge()
    {
        foreach (var (id, epoch) in _brain.Due(NowMs()))
        {
            LogDead(_log, id, epoch);
            _ = Fence(id, epoch);
        }

        var at = _brain.Deadline;
        _timer.Change(at == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Max(1, at - NowMs())), Timeout.InfiniteTimeSpan);
    }

    private async Task Fence(BrokerId id, BrokerEpoch epoch)
    {
        try
        {
            await _fence(id, epoch).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // handed to the fault handler, which ends the process
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _fault(fault);
        }
    }

    private long NowMs() => (long)_time.GetElapsedTime(0).TotalMilliseconds;

    [LoggerMessage(EventId = 1431, Level = LogLevel.Warning,
        Message = "Broker {Id} (epoch {Epoch}) is dead: its connections ended, and nobody listens any more where it was reached. " +
            "It is fenced now, without waiting for its session to end")]
    private static partial void LogDead(ILogger logger, BrokerId id, BrokerEpoch epoch);
}
