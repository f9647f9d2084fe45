using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Shards;

/// <summary>A decision, or a part of one that may be split, with its records as bytes: what an append takes or leaves as a whole.</summary>
/// <remarks>Made on the shard's loop before anything of the decision is appended, so that what can't be written is refused while nothing
/// has changed.</remarks>
/// <param name="Group">The group that it is about; null when it is about all of them.</param>
/// <param name="First">Which of the decision's records is the first of this part.</param>
/// <param name="Records">The records of this part.</param>
/// <param name="Bytes">At most so many bytes of a batch.</param>
/// <param name="IsLast">With this part the decision is taken: its answers may leave.</param>
internal sealed record EncodedDecision(string? Group, Decision Decision, int First, List<OffsetsRecord> Records, long Bytes, bool IsLast)
{
    /// <summary>Writes the records of a decision and puts its parts into the queue, or throws and puts in none.</summary>
    /// <param name="bytesMax">How large the parts of a decision that may be split become.</param>
    /// <exception cref="InvalidOperationException">A record holds what can't be written, as a string above 32,767 bytes.</exception>
    public static void Encode(string? group, Decision decision, long bytesMax, Queue<EncodedDecision> parts)
    {
        List<EncodedDecision>? done = null;
        var (first, bytes) = (0, 0L);
        var records = new List<OffsetsRecord>(decision.Records.Count);
        foreach (var (record, _) in decision.Records)
        {
            var written = RecordCodec.Write(record);
            var size = (long)Limits.RecordFrameBytesMax + written.Key.Length + (written.Value?.Length ?? 0);
            if (decision.MaySplit && records.Count > 0 && (bytes + size > bytesMax || records.Count >= Limits.RecordsPerAppendMax))
            {
                (done ??= []).Add(new EncodedDecision(group, decision, first, records, bytes, IsLast: false));
                first += records.Count;
                (records, bytes) = ([], 0);
            }
            records.Add(written);
            bytes += size;
        }
        foreach (var part in done ?? []) parts.Enqueue(part);
        parts.Enqueue(new EncodedDecision(group, decision, first, records, bytes, IsLast: true));
    }

    /// <summary>The records stand in the log from this offset on: what they say is so now.</summary>
    public void Replay(GroupShard shard, Offset at)
    {
        for (var i = 0; i < Records.Count; i++)
        {
            var (record, replay) = Decision.Records[First + i];
            if (replay) shard.Replay(at + i, ProducerId.None, record);
        }
    }
}
