namespace Ottla.Broker.Cluster;

/// <summary>Keeps a line of the log from being written more often than somebody would read it. Any thread.</summary>
internal sealed class SparseLog(TimeProvider time, TimeSpan pause)
{
    private readonly Lock _gate = new();
    private long? _last;
    private int _unsaid;

    /// <summary>Whether the line may be written now; else it is counted.</summary>
    /// <param name="unsaid">How many were left out since the last one.</param>
    public bool MaySay(out int unsaid)
    {
        lock (_gate)
        {
            unsaid = _unsaid;
            if (_last is { } last && time.GetElapsedTime(last) < pause)
            {
                _unsaid++;
                return false;
            }

            _last = time.GetTimestamp();
            _unsaid = 0;
            return true;
        }
    }
}
