namespace Ottla.Broker.Coordination.Shards;

/// <summary>Decisions of one turn of the loop that share one append. Owned by the shard's loop.</summary>
/// <remarks>
/// A group appears in one decision only: the next step on it must see what this one's records changed, and they change nothing before they
/// stand in the log. A decision that does not fit beside the others waits for the next append; one that is too large for any goes alone, so
/// that its refusal is nobody else's.
/// </remarks>
/// <param name="bytesMax">Bytes of records that decisions may share.</param>
/// <param name="life">In which life of the shard they were decided: see <see cref="ShardHost"/>.</param>
internal sealed class AppendBatch(long bytesMax, int life)
{
    private readonly List<EncodedDecision> _parts = [];
    private readonly List<OffsetsRecord> _records = [];
    private readonly HashSet<string> _groups = [];
    private bool _ofAllGroups;
    private long _bytes;

    public int Life => life;

    public IReadOnlyList<EncodedDecision> Parts => _parts;

    public IReadOnlyList<OffsetsRecord> Records => _records;

    public bool IsEmpty => _records.Count == 0;

    public bool IsFull => _records.Count >= Limits.RecordsPerAppendMax || _bytes >= bytesMax || _parts.Count >= Limits.StepsPerAppendMax;

    /// <summary>Whether a step on this group (null: on all groups) has to wait for this batch.</summary>
    public bool Concerns(string? group) => group is null ? !IsEmpty : _ofAllGroups || _groups.Contains(group);

    /// <summary>Takes the decision in, unless it does not fit beside the others.</summary>
    public bool TryAdd(EncodedDecision part)
    {
        if (!IsEmpty && (IsFull || Concerns(part.Group) || _bytes + part.Bytes > bytesMax)) return false;
        _parts.Add(part);
        if (part.Group is not null) _groups.Add(part.Group);
        else _ofAllGroups = true;
        _bytes += part.Bytes;
        _records.AddRange(part.Records);
        return true;
    }
}
