using Ottla.Log.Directories;
using Ottla.Runtime.Loops;

namespace Ottla.Broker.Cluster;

/// <summary>Once a second, on a loop that may block: flushing, checkpoints, retention, removals, moves between directories.</summary>
internal sealed class Upkeep : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly EventLoop _loop;
    private readonly LogDirectories _directories;
    private readonly ITimer _timer;
    private volatile bool _stopped;

    public Upkeep(LogDirectories directories, TimeProvider time, Action<Exception> fault, ILoopScheduler loops)
    {
        _directories = directories;
        _loop = new EventLoop("upkeep", fault, loops);
        _timer = time.CreateTimer(static upkeep => ((Upkeep)upkeep!).Wake(), this, Pause, Pause);
    }

    /// <summary>Runs no more; completes when the turn that is under way has ended.</summary>
    public Task Stop()
    {
        _stopped = true;
        _timer.Dispose();
        return _loop.Run(static () => true);
    }

    public void Dispose() => _timer.Dispose();

    private void Wake()
    {
        // a turn that takes longer than the pause is not followed by a queue of others
        if (_loop.Waiting == 0) _loop.Post(Turn);
    }

    private void Turn()
    {
        if (!_stopped && _directories.Tick()) Wake();
    }
}
