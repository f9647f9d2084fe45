using Ottla.Runtime.Loops;

namespace Ottla.Broker.Replication;

/// <summary>Looks from time to time for followers that lag: nothing but time makes them out of sync.</summary>
/// <remarks>A loop of its own, which never waits for a disk: half of `replica.lag.time.max.ms` apart, so that a follower is out after one and a half
/// of it at most, and no more than <see cref="PauseMax"/>.</remarks>
internal sealed class IsrChecks : IDisposable
{
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(5);

    private readonly EventLoop _loop;
    private readonly Partitions _partitions;
    private readonly ITimer _timer;

    public IsrChecks(Partitions partitions, long lagTimeMaxMs, TimeProvider time, Action<Exception> fault, ILoopScheduler loops)
    {
        _partitions = partitions;
        _loop = new EventLoop("isr-checks", fault, loops);
        var pause = TimeSpan.FromMilliseconds(Math.Clamp(lagTimeMaxMs / 2, 1, PauseMax.TotalMilliseconds));
        _timer = time.CreateTimer(static checks => ((IsrChecks)checks!).Wake(), this, pause, pause);
    }

    public void Dispose() => _timer.Dispose();

    private void Wake()
    {
        if (_loop.Waiting == 0) _loop.Post(_partitions.CheckIsrs);
    }
}
