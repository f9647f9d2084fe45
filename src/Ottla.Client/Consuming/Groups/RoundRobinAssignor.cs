using Ottla.Protocol.Primitives;

namespace Ottla.Client.Consuming.Groups;

/// <summary>All partitions of all topics in order, dealt like cards; members that do not read a topic are passed over.</summary>
internal sealed class RoundRobinAssignor : IAssignor
{
    public string Name => "roundrobin";

    public Dictionary<string,
        List<TopicPartition>> Assign(IReadOnlyList<Subscriber> members, IReadOnlyDictionary<string, int> partitionCounts)
    {
        var dealt = members.ToDictionary(m => m.MemberId, _ => new List<TopicPartition>());
        var circle = Assignors.InOrder(members);
        var turn = 0;
        foreach (var (topic, partitions) in partitionCounts.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            if (!circle.Any(m => m.Topics.Contains(topic))) continue;
            for (var partition = 0; partition < partitions; partition++)
            {
                while (!circle[turn % circle.Count].Topics.Contains(topic)) turn++;
                dealt[circle[turn++ % circle.Count].MemberId].Add(new TopicPartition(topic, partition));
            }
        }

        return dealt;
    }
}
