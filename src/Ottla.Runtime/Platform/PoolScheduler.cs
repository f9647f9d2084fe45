using Ottla.Runtime.Loops;

namespace Ottla.Runtime.Platform;

/// <summary>Turns of loops on the thread pool.</summary>
public sealed class PoolScheduler : ILoopScheduler
{
    public static readonly PoolScheduler Shared = new();

    private PoolScheduler()
    {
    }

    public void Schedule(EventLoop loop) => ThreadPool.UnsafeQueueUserWorkItem(loop, preferLocal: false);
}
