namespace Ottla.Log.Directories;

/// <summary>Logs that began a new segment: the ones before it are to be flushed behind the writer's back, so that an unclean start has one
/// segment of each to read at most.</summary>
/// <remarks>Writers add, the upkeep takes. A set: bounded by the number of logs.</remarks>
internal sealed class RolledLogs
{
    private readonly Lock _lock = new();
    private HashSet<PartitionLog> _logs = [];

    public void Add(PartitionLog log)
    {
        lock (_lock) _logs.Add(log);
    }

    public IReadOnlyCollection<PartitionLog> TakeAll()
    {
        lock (_lock)
        {
            if (_logs.Count == 0) return [];
            var taken = _logs;
            _logs = [];
            return taken;
        }
    }
}
