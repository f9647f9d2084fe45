using System.Runtime.CompilerServices;
using Ottla.Protocol.Primitives;

namespace Ottla.Runtime.Loops;

/// <summary>One round of a thread that serves many: what several of them leave to its end is done together.</summary>
/// <remarks>Owned by its thread. Whoever awaits <see cref="Ended"/> goes on on this thread, after the work of <see cref="AtEnd"/>.
/// Bound: each connection leaves one thing at a time.</remarks>
public sealed class Turn
{
    [ThreadStatic]
    private static Turn? s_ofThread;

    private readonly List<Action> _work = [];
    private readonly List<Action> _waiters = [];
    private bool _isShared;

    private Turn()
    {
    }

    /// <summary>The turn that this thread shares among several; null where nobody else would join in.</summary>
    public static Turn? Shared => s_ofThread is { _isShared: true } turn ? turn : null;

    /// <summary>Makes the calling thread one that has turns.</summary>
    public static Turn OfThisThread() => s_ofThread ??= new();

    public void Begin(bool isShared) => _isShared = isShared;

    /// <summary>Done once at the end of this turn, before anybody who awaits it goes on.</summary>
    public void AtEnd(Action work)
    {
        Invariant.That(_isShared);
        _work.Add(work);
    }

    public TurnEnd Ended => new(this);

    /// <summary>Does what was left to the end. Nothing can be left any more meanwhile: the next turn may not come soon.</summary>
    public void End()
    {
        _isShared = false;
        foreach (var work in _work) work();
        foreach (var waiter in _waiters) waiter();
        _work.Clear();
        _waiters.Clear();
    }

    internal void Await(Action waiter)
    {
        Invariant.That(_isShared);
        _waiters.Add(waiter);
    }
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
