namespace Ottla.Runtime.Loops;

/// <summary>Runs the steps of many loops one at a time, on the thread of whoever asks for the next, in an order that a seed decides.</summary>
/// <remarks>For simulators and tests: the same posts and the same seed give the same run. Owned by one thread, from which all posts come too.</remarks>
/// <param name="random">Chooses the loop of the next step; null takes them in the order in which they asked.</param>
public sealed class SteppedScheduler(Random? random = null) : ILoopScheduler
{
    private readonly List<EventLoop> _ready = [];

    public void Schedule(EventLoop loop) => _ready.Add(loop);

    /// <summary>Runs one step of one loop; the loop's name, or null where no loop has work.</summary>
    public string? RunOne()
    {
        if (_ready.Count == 0) return null;
        var chosen = random?.Next(_ready.Count) ?? 0;
        var loop = _ready[chosen];
        _ready.RemoveAt(chosen);
        if (loop.RunOne()) _ready.Add(loop);
        return loop.Name;
    }

    /// <summary>Runs steps until no loop has work.</summary>
    public void RunAll()
    {
        while (RunOne() is not null)
        {
            // the next
        }
    }
}
