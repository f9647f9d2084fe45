namespace Ottla.Runtime.Loops;

/// <summary>Where the turns of loops run: the thread pool, or the one thread of a simulator.</summary>
public interface ILoopScheduler
{
    /// <summary>The loop has work, and is given no other turn before <see cref="EventLoop.RunOne"/> has said that nothing waits. Any thread.</summary>
    void Schedule(EventLoop loop);
}
