namespace Ottla.Log.Durability;

/// <summary>Something that changed and is not on the disk yet, and that may change again while it is being put there.</summary>
/// <remarks>
/// Whoever changes it counts up before the change; whoever flushes it notes the count first and says afterwards, only if the disk did not refuse, up to which
/// change it is durable. Any thread. A flag that is cleared before the flush that it stands for would be lost with a flush that fails.
/// </remarks>
internal struct DirtyMark
{
    private int _changes;
    private int _durable;

    public void Set() => Interlocked.Increment(ref _changes);

    public readonly bool IsSet(out int change)
    {
        change = Volatile.Read(in _changes);
        return change != Volatile.Read(in _durable);
    }

    public void Clear(int change) => Volatile.Write(ref _durable, change);
}
