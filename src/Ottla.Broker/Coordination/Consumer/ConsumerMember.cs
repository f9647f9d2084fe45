using Ottla.Broker.Coordination.Classic;

namespace Ottla.Broker.Coordination.Consumer;

/// <summary>What a member that speaks the classic protocol said when it joined: kept for the day on which its group is a classic one
/// again.</summary>
internal sealed record ClassicSide(int SessionTimeoutMs, IReadOnlyList<ClassicProtocol> Protocols)
{
    /// <summary>The strategy that the member is told was chosen, though the coordinator assigns.</summary>
    public string ProtocolName => Protocols[0].Name;

    public bool SaysTheSameAs(ClassicSide other) => SessionTimeoutMs == other.SessionTimeoutMs && ClassicProtocol.AreSame(Protocols, other.Protocols);
}

/// <summary>How far a member is on its way to the target assignment (KIP-848). The numbers are those of the record.</summary>
internal enum MemberState : sbyte
{
    /// <summary>Has what the target of its epoch gives it.</summary>
    Stable = 0,

    /// <summary>Has been told to give up partitions and has not said that it did.</summary>
    UnrevokedPartitions = 1,

    /// <summary>Waits for partitions that others have not given up yet.</summary>
    UnreleasedPartitions = 2,

    /// <summary>Written by a newer coordinator.</summary>
    Unknown = 127,
}

/// <summary>A member of a consumer group, as its records say. Never changed, but replaced.</summary>
internal sealed record ConsumerMember(string Id)
{
    /// <summary>Epoch of a member that has just (re)joined.</summary>
    public const int JoinEpoch = 0;

    /// <summary>Epoch with which a member leaves for good.</summary>
    public const int LeaveEpoch = -1;

    /// <summary>Epoch with which a static member goes away for a while.</summary>
    public const int LeaveStaticEpoch = -2;

    public static readonly IReadOnlyDictionary<TopicIdPartition, int> None = new Dictionary<TopicIdPartition, int>();

    public string? InstanceId { get; init; }

    public string? RackId { get; init; }

    public string ClientId { get; init; } = "";

    public string ClientHost { get; init; } = "";

    /// <summary>Sorted, each once.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>Empty: no regular expression.</summary>
    public string Regex { get; init; } = "";

    public int RebalanceTimeoutMs { get; init; } = -1;

    public string? ServerAssignor { get; init; }

    /// <summary>Null: the member speaks the consumer protocol.</summary>
    public ClassicSide? Classic { get; init; }

    public int Epoch { get; init; }

    public int PreviousEpoch { get; init; }

    public MemberState State { get; init; }

    /// <summary>What the member has or may take, with the epoch in which it got each.</summary>
    public IReadOnlyDictionary<TopicIdPartition, int> Assigned { get; init; } = None;

    /// <summary>What the member shall give up, and nobody else may have before it says that it did.</summary>
    public IReadOnlyDictionary<TopicIdPartition, int> PendingRevocation { get; init; } = None;

    public bool IsReconciledTo(int targetEpoch) => State == MemberState.Stable && Epoch == targetEpoch;

    /// <summary>Names of the topics that it reads, those that its regular expression matched included.</summary>
    public IEnumerable<string> TopicsIn(IReadOnlyDictionary<string, ResolvedRegex> regexes) =>
        Regex.Length > 0 && regexes.TryGetValue(Regex, out var resolved) ? Topics.Union(resolved.Topics) : Topics;

    /// <summary>Whether the two say the same about the member itself; its assignment is another matter.</summary>
    public bool SaysTheSameAs(ConsumerMember other) =>
        Id == other.Id && InstanceId == other.InstanceId && RackId == other.RackId && ClientId == other.ClientId && ClientHost == other.ClientHost
        && RebalanceTimeoutMs == other.RebalanceTimeoutMs && ServerAssignor == other.ServerAssignor && Regex == other.Regex
        && Topics.SequenceEqual(other.Topics)
        && (Classic is null ? other.Classic is null : other.Classic is not null && Classic.SaysTheSameAs(other.Classic));

    public bool IsAssignedAs(ConsumerMember other) =>
        Epoch == other.Epoch && PreviousEpoch == other.PreviousEpoch && State == other.State
        && AreSame(Assigned, other.Assigned) && AreSame(PendingRevocation, other.PendingRevocation);

    public bool HasSamePartitionsAs(ConsumerMember other) =>
        Assigned.Count == other.Assigned.Count && Assigned.Keys.All(other.Assigned.ContainsKey);

    private static bool AreSame(IReadOnlyDictionary<TopicIdPartition, int> left, IReadOnlyDictionary<TopicIdPartition, int> right) =>
        left.Count == right.Count && left.All(p => right.TryGetValue(p.Key, out var epoch) && epoch == p.Value);
}
