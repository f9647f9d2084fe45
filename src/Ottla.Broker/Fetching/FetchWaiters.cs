using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Fetching;

/// <summary>What a waiting fetch wants to hear of.</summary>
[Flags]
internal enum FetchSignal
{
    /// <summary>Records came into the log: followers.</summary>
    LogEnd = 1,

    /// <summary>More records can be read: consumers, and followers that want to know (KIP-1166).</summary>
    HighWatermark = 2,

    Both = LogEnd | HighWatermark,
}

/// <summary>The fetches that wait at one partition. Bounded by the connections: each has one request at work.</summary>
/// <remarks>Thread-safe. An append to a partition at which nobody waits looks at one number; one at which somebody has waited keeps its
/// list, since who waits once does so again and again.</remarks>
internal sealed class FetchWaiters
{
    private readonly Lock _gate = new();
    private List<Entry>? _waiting;
    private volatile int _count;

    /// <param name="waiter">Who waits.</param>
    /// <param name="index">Which of its partitions this is: it is told with each wake.</param>
    /// <param name="signals">What wakes it.</param>
    public void Add(FetchWaiter waiter, int index, FetchSignal signals)
    {
        lock (_gate)
        {
            var waiting = _waiting ??= [];
            waiting.Add(new(waiter, index, signals));
            _count = waiting.Count;
        }
    }

    public void Remove(FetchWaiter waiter, int index)
    {
        lock (_gate)
        {
            var waiting = _waiting!;
            var at = waiting.FindIndex(entry => entry.Waiter == waiter && entry.Index == index);
            Invariant.That(at >= 0);
            waiting.RemoveAt(at);
            _count = waiting.Count;
        }
    }

    public void Wake(FetchSignal signal)
    {
        if (_count == 0) return;
        lock (_gate)
        {
            foreach (var entry in _waiting ?? [])
            {
                if ((entry.Signals & signal) != 0) entry.Waiter.Wake(entry.Index);
            }
        }
    }

    private readonly record struct Entry(FetchWaiter Waiter, int Index, FetchSignal Signals);
}
