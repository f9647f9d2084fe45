namespace Ottla.Broker.Coordination.Consumer.Assignors;

/// <summary>Balances partitions over all topics and moves as few as it can.</summary>
/// <remarks>
/// Members of equal subscriptions: each has the floor or the ceiling of the mean, keeps as much of what it had, and takes the rest from
/// what is free; one pass. Otherwise: keep, give what is free to whoever has least, then move single partitions from the fullest to the
/// emptiest that may read them while that helps. Each such move makes the distribution more even, so it ends.
/// </remarks>
internal sealed class ServerUniformAssignor : IServerAssignor
{
    public string Name => "uniform";

    public Dictionary<string, HashSet<TopicIdPartition>> Assign(AssignmentQuestion question)
    {
        var assignment = question.Members.ToDictionary(static m => m.Id, static _ => new HashSet<TopicIdPartition>());
        if (question.Members.Count == 0) return assignment;
        var nameOf = question.Topics.Values.ToDictionary(static t => t.Id, static t => t.Name);
        var free = question.Topics.Values.Where(t => question.Members.Any(m => m.Topics.Contains(t.Name)))
            .SelectMany(static t => Enumerable.Range(0, t.Partitions).Select(p => new TopicIdPartition(t.Id, p))).ToHashSet();
        if (question.IsHomogeneous) Share(question, free, assignment);
        else Balance(question, free, nameOf, assignment);
        return assignment;
    }

    private static void Share(AssignmentQuestion question, HashSet<TopicIdPartition> free, Dictionary<string, HashSet<TopicIdPartition>> assignment)
    {
        var (least, extra) = Math.DivRem(free.Count, question.Members.Count);
        foreach (var member in question.Members)
        {
            foreach (var partition in member.Current.Order())
            {
                var mine = assignment[member.Id];
                if (mine.Count > least || (mine.Count == least && extra == 0)) break;
                if (!free.Remove(partition)) continue;
                mine.Add(partition);
                if (mine.Count > least) extra--;
            }
        }
        var rest = new Queue<TopicIdPartition>(free.Order());
        foreach (var member in question.Members)
        {
            var mine = assignment[member.Id];
            while (mine.Count < least) mine.Add(rest.Dequeue());
        }
        foreach (var member in question.Members)
        {
            if (rest.Count == 0) break;
            if (assignment[member.Id].Count == least) assignment[member.Id].Add(rest.Dequeue());
        }
    }

    private static void Balance(AssignmentQuestion question, HashSet<TopicIdPartition> free,
        Dictionary<Protocol.Primitives.Uuid, string> nameOf, Dictionary<string, HashSet<TopicIdPartition>> assignment)
    {
        var readers = nameOf.ToDictionary(static t => t.Key, t => question.Members.Where(m => m.Topics.Contains(t.Value)).Select(static m => m.Id).ToList());
        foreach (var member in question.Members)
        {
            foreach (var partition in member.Current)
            {
                if (nameOf.TryGetValue(partition.Topic, out var name) && member.Topics.Contains(name) && free.Remove(partition))
                    assignment[member.Id].Add(partition);
            }
        }
        // first those that fewest may read
        foreach (var partition in free.OrderBy(p => readers[p.Topic].Count).ThenBy(static p => p))
            assignment[readers[partition.Topic].MinBy(id => assignment[id].Count)!].Add(partition);
        while (MoveOne(assignment, readers))
        {
        }
    }

    private static bool MoveOne(
        Dictionary<string, HashSet<TopicIdPartition>> assignment, Dictionary<Protocol.Primitives.Uuid, List<string>> readers)
    {
        foreach (var (fullest, partitions) in assignment.OrderByDescending(static a => a.Value.Count).ThenBy(static a => a.Key, StringComparer.Ordinal))
        {
            foreach (var topic in partitions.GroupBy(static p => p.Topic))
            {
                var emptiest = readers[topic.Key].MinBy(id => assignment[id].Count)!;
                if (emptiest == fullest || assignment[emptiest].Count + 1 >= partitions.Count) continue;
                var moved = topic.Max();
                partitions.Remove(moved);
                assignment[emptiest].Add(moved);
                return true;
            }
        }
        return false;
    }
}
