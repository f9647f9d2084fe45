using Ottla.Broker.Coordination.Groups;

namespace Ottla.Broker.Coordination.Shards;

/// <summary>Decisions of one turn of the loop that share one append.</summary>
/// <remarks>
/// A group appears in one decision only: the next step on it must see what this one's records changed, and they change nothing before they
/// stand in the log.
/// </remarks>
internal sealed class AppendBatch
{
    private readonly List<(string? Group, Decision Decision)> _decisions = [];
    private readonly List<OffsetsRecord> _records = [];
    private readonly HashSet<string> _groups = [];
    private bool _ofAllGroups;
    private long _bytes;

    public IReadOnlyList<(string? Group, Decision Decision)> Decisions => _decisions;

    public IReadOnlyList<OffsetsRecord> Records => _records;

    public bool IsEmpty => _records.Count == 0;

    public bool IsFull =>
        _records.Count >= Limits.RecordsPerAppendMax || _bytes >= Limits.BytesPerAppendMax || _decisions.Count >= Limits.StepsPerAppendMax;

    /// <summary>Whether a step on this group (null: on all groups) has to wait for this batch.</summary>
    public bool Concerns(string? group) => group is null ? !IsEmpty : _ofAllGroups || _groups.Contains(group);

    public void Add(string? group, Decision decision)
    {
        _decisions.Add((group, decision));
        if (group is not null) _groups.Add(group);
        else _ofAllGroups = true;
        foreach (var (record, _) in decision.Records)
        {
            var bytes = RecordCodec.Write(record);
            _bytes += bytes.Key.Length + (bytes.Value?.Length ?? 0);
            _records.Add(bytes);
        }
    }
}
