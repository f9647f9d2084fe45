using Ottla.Protocol.Primitives;

namespace Ottla.Client.Consuming.Groups;

/// <summary>A member of the group, as the leader that deals out partitions sees it.</summary>
internal sealed record Subscriber(string MemberId, string? InstanceId, IReadOnlyList<string> Topics);

/// <summary>Deals the partitions of topics out to the members of a group; run by the group's leader on the classic protocol.</summary>
internal interface IAssignor
{
    string Name { get; }

    /// <param name="partitionCounts">Partitions of every topic that a member reads and that exists.</param>
    Dictionary<string, List<TopicPartition>> Assign(IReadOnlyList<Subscriber> members, IReadOnlyDictionary<string, int> partitionCounts);
}

/// <summary>The assignors by their names in the protocol.</summary>
internal static class Assignors
{
    public static IAssignor Named(string name) => name == "roundrobin" ? new RoundRobinAssignor() : new RangeAssignor();

    /// <summary>Static members first by their instance ids, so that restarts change nothing; others by member id.</summary>
    public static List<Subscriber> InOrder(IEnumerable<Subscriber> members) =>
        [.. members.OrderBy(m => m.InstanceId is null).ThenBy(m => m.InstanceId ?? m.MemberId, StringComparer.Ordinal)];
}
