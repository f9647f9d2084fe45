namespace Ottla.Broker.Coordination.Consumer.Assignors;

/// <summary>Gives each member one range of each of its topics, members in the same order for every topic, so that partitions of equal
/// number meet.</summary>
internal sealed class ServerRangeAssignor : IServerAssignor
{
    public string Name => "range";

    public Dictionary<string, HashSet<TopicIdPartition>> Assign(AssignmentQuestion question)
    {
        var assignment = question.Members.ToDictionary(static m => m.Id, static _ => new HashSet<TopicIdPartition>());
        var ordered = question.Members.OrderBy(static m => m.InstanceId ?? m.Id, StringComparer.Ordinal).ToList();
        foreach (var topic in question.Topics.Values)
        {
            var readers = ordered.Where(m => m.Topics.Contains(topic.Name)).ToList();
            if (readers.Count == 0) continue;
            var (each, extra) = Math.DivRem(topic.Partitions, readers.Count);
            var next = 0;
            for (var i = 0; i < readers.Count; i++)
            {
                var end = next + each + (i < extra ? 1 : 0);
                for (; next < end; next++) assignment[readers[i].Id].Add(new TopicIdPartition(topic.Id, next));
            }
        }
        return assignment;
    }
}
