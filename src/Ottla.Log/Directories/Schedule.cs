namespace Ottla.Log.Directories;

/// <summary>Something that is due every so often. One thread.</summary>
internal sealed class Schedule(long intervalMs, long firstMs)
{
    private long _nextMs = firstMs;

    /// <summary>True once an interval; one that was missed is not made up for.</summary>
    public bool IsDue(long nowMs)
    {
        if (nowMs < _nextMs) return false;
        _nextMs = intervalMs > long.MaxValue - nowMs ? long.MaxValue : nowMs + intervalMs;
        return true;
    }
}
