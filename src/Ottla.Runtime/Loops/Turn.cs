using System.Runtime.CompilerServices;

namespace Ottla.Runtime.Loops;

/// <summary>One round of a thread that serves many: what several of them leave to its end is done together.</summary>
/// <remarks>Owned by its thread. Whoever awaits <see cref="Ended"/> goes on on this thread, after the work of <see cref="AtEnd"/>.
/// Bound: each connection leaves one thing at a time.</remarks>
public sealed class Turn
{
    [ThreadStatic]
    private static Turn? s_ofThread;

    private (List<Action> Work, List<Action> Waiters) _now = ([], []);
    private (List<Action> Work, List<Action> Waiters) _ending = ([], []);
    private bool _isShared;

    private Turn()
    {
    }

    /// <summary>The turn that this thread shares among several; null where nobody else would join in.</summary>
    public static Turn? Shared => s_ofThread is { _isShared: true } turn ? turn : null;

    /// <summary>Something was left while the last turn ended: the next one must not wait for news.</summary>
    public bool HasWork => _now.Work.Count + _now.Waiters.Count > 0;

    /// <summary>Makes the calling thread one that has turns.</summary>
    public static Turn OfThisThread() => s_ofThread ??= new();

    public void Begin(bool isShared) => _isShared = isShared;

    /// <summary>Done once at the end of this turn, before anybody who awaits it goes on.</summary>
    public void AtEnd(Action work) => _now.Work.Add(work);

    public TurnEnd Ended => new(this);

    /// <summary>Does what was left to the end. What that leaves in its turn waits for the next one, so that nobody's news wait for
    /// ever.</summary>
    public void End()
    {
        // what happens on this thread from here on has no end to wait for but the next turn's, which may not come soon
        _isShared = false;
        if (!HasWork) return;
        (_now, _ending) = (_ending, _now);
        foreach (var work in _ending.Work) work();
        foreach (var waiter in _ending.Waiters) waiter();
        _ending.Work.Clear();
        _ending.Waiters.Clear();
    }

    internal void Await(Action waiter) => _now.Waiters.Add(waiter);
}

/// <summary>What is awaited to go on at a turn's end.</summary>
public readonly struct TurnEnd(Turn turn) : ICriticalNotifyCompletion
{
    public bool IsCompleted => false;

    public TurnEnd GetAwaiter() => this;

    public void GetResult()
    {
        // nothing is handed over: the end itself is the news
    }

    public void OnCompleted(Action continuation) => turn.Await(continuation);

    public void UnsafeOnCompleted(Action continuation) => turn.Await(continuation);
}
