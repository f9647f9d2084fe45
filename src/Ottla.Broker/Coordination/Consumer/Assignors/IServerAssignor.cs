namespace Ottla.Broker.Coordination.Consumer.Assignors;

/// <summary>Distributes partitions among the members of a consumer group. Pure: the same question gets the same answer.</summary>
internal interface IServerAssignor
{
    /// <summary>As `group.consumer.assignors` and clients name it.</summary>
    string Name { get; }

    /// <summary>Every member of the question has an entry; a partition stands in one of them at most, and only with members that subscribe
    /// to its topic.</summary>
    Dictionary<string, HashSet<TopicIdPartition>> Assign(AssignmentQuestion question);
}

/// <param name="Members">In the order in which the assignors take them: static ones keep their place over restarts.</param>
/// <param name="Topics">Subscribed topics that exist.</param>
internal sealed record AssignmentQuestion(IReadOnlyList<AssignedMember> Members, IReadOnlyDictionary<string, TopicInfo> Topics)
{
    /// <summary>Whether all members subscribe to the same topics.</summary>
    public bool IsHomogeneous => Members.Count == 0 || Members.All(m => m.Topics.SetEquals(Members[0].Topics));
}

/// <param name="Topics">Names of topics that the member reads.</param>
/// <param name="Current">What the last target gave it: worth keeping.</param>
internal sealed record AssignedMember(string Id, string? InstanceId, IReadOnlySet<string> Topics, IReadOnlySet<TopicIdPartition> Current);

internal static class AssignorCatalog
{
    private static readonly IServerAssignor[] Known = [new ServerUniformAssignor(), new ServerRangeAssignor()];

    public static IServerAssignor? Find(string name) => Array.Find(Known, a => a.Name == name);
}
