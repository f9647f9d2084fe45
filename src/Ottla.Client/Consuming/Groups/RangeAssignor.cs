using Ottla.Protocol.Primitives;

namespace Ottla.Client.Consuming.Groups;

/// <summary>Per topic: members in order, each a contiguous range; the first ones get one more where it does not come out even. Kafka's
/// default.</summary>
internal sealed class RangeAssignor : IAssignor
{
    public string Name => "range";

    public Dictionary<string,
        List<TopicPartition>> Assign(IReadOnlyList<Subscriber> members, IReadOnlyDictionary<string, int> partitionCounts)
    {
        var dealt = members.ToDictionary(m => m.MemberId, _ => new List<TopicPartition>());
        foreach (var (topic, partitions) in partitionCounts)
        {
            var readers = Assignors.InOrder(members.Where(m => m.Topics.Contains(topic)));
            if (readers.Count == 0) continue;
            var (each, extra) = Math.DivRem(partitions, readers.Count);
            var next = 0;
            for (var i = 0; i < readers.Count; i++)
            {
                var count = each + (i < extra ? 1 : 0);
                for (var end = next + count; next < end; next++) dealt[readers[i].MemberId].Add(new TopicPartition(topic, next));
            }
        }

        return dealt;
    }
}
