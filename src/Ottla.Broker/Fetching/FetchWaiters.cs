namespace Ottla.Broker.Fetching;

/// <summary>The fetches that wait at one partition. Bounded by the connections: each has one request at work.</summary>
/// <remarks>Thread-safe. A partition at which nobody waits holds a null and an append to it looks at that alone.</remarks>
internal sealed class FetchWaiters
{
    private readonly Lock _gate = new();
    private List<FetchWaiter>? _waiting;

    public void Add(FetchWaiter waiter)
    {
        lock (_gate) (_waiting ??= []).Add(waiter);
    }

    public void Remove(FetchWaiter waiter)
    {
        lock (_gate)
        {
            _waiting?.Remove(waiter);
            if (_waiting is { Count: 0 }) _waiting = null;
        }
    }

    public void WakeAll()
    {
        if (Volatile.Read(ref _waiting) is null) return;
        lock (_gate)
        {
            foreach (var waiter in _waiting ?? []) waiter.Wake();
        }
    }
}
