using Microsoft.Extensions.Logging;
using Ottla.Runtime.Loops;

namespace Ottla.Broker.Replication;

/// <summary>Looks from time to time for followers that lag: nothing but time makes them out of sync. Says what is not replicated as it
/// should be.</summary>
/// <remarks>A loop of its own, which never waits for a disk: half of `replica.lag.time.max.ms` apart, so that a follower is out after one
/// and a half of it at most, and no more than <see cref="PauseMax"/>. A line comes where the numbers have changed since the last look,
/// never more than one a look.</remarks>
internal sealed partial class IsrChecks : IDisposable
{
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(5);

    private readonly EventLoop _loop;
    private readonly Partitions _partitions;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private Shortfall _told = new();

    public IsrChecks(Partitions partitions, long lagTimeMaxMs, TimeProvider time, ILogger log, Action<Exception> fault, ILoopScheduler loops)
    {
        (_partitions, _log) = (partitions, log);
        _loop = new EventLoop("isr-checks", fault, loops);
        var pause = TimeSpan.FromMilliseconds(Math.Clamp(lagTimeMaxMs / 2, 1, PauseMax.TotalMilliseconds));
        _timer = time.CreateTimer(static checks => ((IsrChecks)checks!).Wake(), this, pause, pause);
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>Brokers came or went: looks soon. Any thread.</summary>
    public void Wake()
    {
        if (_loop.Waiting == 0) _loop.Post(Look);
    }

    private void Look()
    {
        var found = new Shortfall();
        foreach (var partition in _partitions.All)
        {
            partition.CheckIsr();
            found.Add(partition);
        }

        if (found.IsAs(_told)) return;
        if (found.UnderMinIsr > 0) LogUnderMinIsr(_log, found.UnderMinIsr, found.Missing, found.Example);
        else if (found.UnderReplicated > 0) LogUnderReplicated(_log, found.UnderReplicated, found.Missing, found.Example);
        else if (found.Led > 0) LogReplicated(_log);
        else LogLeadsNone(_log);
        _told = found;
    }

    [LoggerMessage(EventId = 1202, Level = LogLevel.Warning, Message =
        "{Count} partitions that this node leads have fewer replicas in sync than min.insync.replicas ({Example} and others): producers with acks=all are "
        + "refused, and nothing becomes visible. Out of sync: {Missing}. Start these nodes, or see why they lag")]
    private static partial void LogUnderMinIsr(ILogger logger, int count, string missing, string example);

    [LoggerMessage(EventId = 1203, Level = LogLevel.Warning, Message =
        "{Count} partitions that this node leads are not in sync everywhere ({Example} and others). Out of sync: {Missing}. Nothing is lost; start these "
        + "nodes, or see why they lag")]
    private static partial void LogUnderReplicated(ILogger logger, int count, string missing, string example);

    [LoggerMessage(EventId = 1204, Level = LogLevel.Information, Message = "All partitions that this node leads are in sync on all of their replicas")]
    private static partial void LogReplicated(ILogger logger);

    [LoggerMessage(EventId = 1205, Level = LogLevel.Information, Message =
        "This node leads no partition of several replicas any more; whether those that lacked some are in sync is told by who leads them now")]
    private static partial void LogLeadsNone(ILogger logger);
}
