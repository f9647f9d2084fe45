using System.Runtime.CompilerServices;
using Ottla.Protocol.Primitives;

namespace Ottla.Runtime.Loops;

/// <summary>One round of a thread that serves many: what several of them leave to its end is done together.</summary>
/// <remarks>
/// Belongs to the transport whose thread it is, which hands it out by the connections that it serves (<see cref="Network.IByteStream.Turn"/>), so a
/// simulated one has turns as the real one has. Owned by its thread. Whoever awaits <see cref="Ended"/> goes on on this thread, after the work of
/// <see cref="AtEnd"/>. Bound: each connection leaves one thing at a time.
/// </remarks>
public sealed class Turn
{
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly List<Action> _work = [];
    private readonly List<Action> _waiters = [];
    private object? _gathering;
    private bool _isShared;

    /// <summary>This turn where the calling thread runs it and it serves several; else null.</summary>
    /// <remarks>The thread is asked first: another one may not look at the rest.</remarks>
    public Turn? IfShared => Environment.CurrentManagedThreadId == _thread && _isShared ? this : null;

    public void Begin(bool isShared)
    {
        Invariant.That(Environment.CurrentManagedThreadId == _thread);
        _isShared = isShared;
    }

    /// <summary>What gathers the work of a turn, one for all its rounds; made by the first who asks.</summary>
    public T Gathering<T>()
        where T : class, new()
    {
        Invariant.That(_gathering is null or T);
        return (T)(_gathering ??= new T());
    }

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
