using Ottla.Broker.Coordination.Groups;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Offsets;

internal sealed partial class CommittedOffsets
{
    /// <summary>Deletes the offsets of a group whose retention is over, and the group itself once it is empty and holds none
    /// (KIP-211).</summary>
    public void Expire(string groupId, Decision decision)
    {
        if (!table.TryGet<Group>(groupId, out var group)) return;
        decision.MaySplit = true;
        if (ExpireOffsets(group, decision) && group.IsEmpty) group.AppendTombstones(decision);
    }

    /// <summary>The topics are gone: so are the offsets that groups have committed for them.</summary>
    public void DropTopics(string groupId, IReadOnlyDictionary<string, Uuid> topics, Decision decision)
    {
        decision.MaySplit = true;
        HashSet<(string Topic, int Partition)> dropped = [];
        foreach (var (topic, commitments) in Store.OfGroup(groupId))
        {
            if (!topics.TryGetValue(topic, out var id)) continue;
            foreach (var (partition, commitment) in commitments)
            {
                if (commitment.TopicId.IsZero || id.IsZero || commitment.TopicId == id) dropped.Add((topic, partition));
            }
        }
        foreach (var open in Store.Open(groupId).Where(o => topics.ContainsKey(o.Topic))) dropped.Add((open.Topic, open.Partition));
        foreach (var (topic, partition) in dropped) decision.Append(Tombstone(groupId, topic, partition));
    }

    /// <returns>Whether nothing is left.</returns>
    private bool ExpireOffsets(Group group, Decision decision)
    {
        var left = Store.HasOpen(group.Id);
        var offsets = Store.OfGroup(group.Id);
        if (offsets.Count == 0) return !left;
        if (group.ExpiryBase is not { } since) return false;
        foreach (var (topic, commitments) in offsets)
        {
            if (group.IsSubscribedTo(topic))
            {
                left = true;
                continue;
            }
            foreach (var (partition, commitment) in commitments)
            {
                if (IsOver(commitment, since) && !Store.HasOpen(group.Id, topic, partition)) decision.Append(Tombstone(group.Id, topic, partition));
                else left = true;
            }
        }
        return !left;

        bool IsOver(Commitment commitment, Func<Commitment, long> from) => commitment.ExpireTimestampMs >= 0
            ? decision.NowMs >= commitment.ExpireTimestampMs
            : decision.NowMs - from(commitment) >= table.Settings.OffsetsRetentionMs;
    }
}
