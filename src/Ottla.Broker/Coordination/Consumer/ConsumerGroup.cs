using Ottla.Broker.Coordination.Classic;
using Ottla.Broker.Coordination.Groups;
using Ottla.Broker.Coordination.Offsets;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Consumer;

/// <summary>Topics that a regular expression matched, and in which image of the metadata.</summary>
internal sealed record ResolvedRegex(IReadOnlyList<string> Topics, long Version, long TimestampMs);

/// <summary>One consumer group (KIP-848): its epochs, members, target assignment and resolved regular expressions.</summary>
/// <remarks>
/// Owned by its shard's loop. Everything here comes from records (<see cref="ConsumerReplay"/>), so a failover loses nothing but who was
/// heard last. Three epochs: the group's counts changes of members, subscriptions and topics; the assignment's says for which group epoch
/// the target was computed; a member's says which target it works towards. A partition has one owner at most, which is what keeps two
/// members from reading it at once.
/// </remarks>
internal sealed class ConsumerGroup(string id) : Group(id)
{
    private readonly Dictionary<string, ConsumerMember> _members = [];
    private readonly Dictionary<string, string> _staticMembers = [];
    private readonly Dictionary<TopicIdPartition, string> _owners = [];
    private readonly Dictionary<string, int> _subscribers = [];

    public override GroupKind Kind => GroupKind.Consumer;

    /// <summary>A group that nobody has joined yet stands in epoch 1, so its first assignment has epoch 2.</summary>
    public int Epoch { get; set; } = 1;

    /// <summary>Of the subscribed topics, as of this epoch.</summary>
    public long MetadataHash { get; set; }

    public int AssignmentEpoch { get; set; }

    /// <summary>When the target was computed; 0 for that of an empty group.</summary>
    public long AssignmentTimestampMs { get; set; }

    /// <summary>The image of the metadata to which the hash was compared last. Not durable: a new coordinator compares again.</summary>
    public long? ComparedVersion { get; set; }

    /// <summary>The image against which the regular expressions were matched last without a change, and when. Not durable either.</summary>
    public (long Version, long AtMs) Matched { get; set; }

    public IReadOnlyDictionary<string, ConsumerMember> Members => _members;

    /// <summary>What each member shall have.</summary>
    public Dictionary<string, HashSet<TopicIdPartition>> Target { get; } = [];

    public Dictionary<string, ResolvedRegex> Regexes { get; } = [];

    public override string ProtocolTypeName => "consumer";

    public override string StateName =>
        _members.Count == 0 ? "Empty"
        : Epoch > AssignmentEpoch ? "Assigning"
        : _members.Values.All(m => m.IsReconciledTo(AssignmentEpoch)) ? "Stable"
        : "Reconciling";

    public override bool IsEmpty => _members.Count == 0;

    public ConsumerMember? Member(string memberId) => _members.GetValueOrDefault(memberId);

    public ConsumerMember? StaticMember(string instanceId) =>
        _staticMembers.TryGetValue(instanceId, out var memberId) ? _members[memberId] : null;

    /// <summary>Whether a member of the classic protocol that names these strategies shares one with all the others.</summary>
    public bool SupportsClassic(string protocolType, IReadOnlyList<ClassicProtocol> protocols)
    {
        if (protocolType != ClassicGroup.ConsumerProtocolType) return false;
        var others = _members.Values.Where(static m => m.Classic is not null).Select(static m => m.Classic!.Protocols).ToList();
        return protocols.Any(own => others.TrueForAll(other => other.Any(p => p.Name == own.Name)));
    }

    /// <summary>Whether a member waits for a partition that another one has not given up yet.</summary>
    public bool WaitsForOthers(ConsumerMember member) => member.State == MemberState.UnreleasedPartitions
        && Target.GetValueOrDefault(member.Id) is { } target && target.Any(p => !member.Assigned.ContainsKey(p) && _owners.ContainsKey(p));

    public string? OwnerOf(TopicIdPartition partition) => _owners.GetValueOrDefault(partition);

    /// <summary>Puts a member in, in the place of an earlier one of that id.</summary>
    public void Put(ConsumerMember member)
    {
        Remove(member.Id);
        _members[member.Id] = member;
        if (member.InstanceId is not null) _staticMembers[member.InstanceId] = member.Id;
        foreach (var partition in member.Assigned.Keys) _owners[partition] = member.Id;
        foreach (var partition in member.PendingRevocation.Keys) _owners[partition] = member.Id;
        foreach (var topic in member.Topics) _subscribers[topic] = _subscribers.GetValueOrDefault(topic) + 1;
    }

    public void Remove(string memberId)
    {
        if (!_members.Remove(memberId, out var member)) return;
        if (member.InstanceId is not null && _staticMembers.GetValueOrDefault(member.InstanceId) == memberId) _staticMembers.Remove(member.InstanceId);
        foreach (var partition in member.Assigned.Keys.Concat(member.PendingRevocation.Keys))
        {
            if (_owners.GetValueOrDefault(partition) == memberId) _owners.Remove(partition);
        }
        foreach (var topic in member.Topics)
        {
            if (--_subscribers[topic] == 0) _subscribers.Remove(topic);
        }
    }

    public override CommitVerdict ValidateOffsetCommit(string memberId, string? instanceId, int generationOrEpoch, short version)
    {
        if (generationOrEpoch < 0 && _members.Count == 0) return CommitVerdict.Taken;
        if (Member(memberId) is not { } member) return ErrorCode.UnknownMemberId;
        if (member.Classic is not null) return generationOrEpoch == member.Epoch ? CommitVerdict.Taken : ErrorCode.IllegalGeneration;
        if (version < 9) return ErrorCode.UnsupportedVersion;
        if (generationOrEpoch == member.Epoch) return CommitVerdict.Taken;
        if (generationOrEpoch > member.Epoch) return ErrorCode.StaleMemberEpoch;
        // a commit on its way while the member went on: good for partitions that it had in that epoch and still has (KIP-1251)
        return new CommitVerdict(ErrorCode.None, (topic, partition) =>
        {
            var at = new TopicIdPartition(topic, partition);
            var owned = member.Assigned.TryGetValue(at, out var since) || member.PendingRevocation.TryGetValue(at, out since);
            return owned && generationOrEpoch >= since ? ErrorCode.None : ErrorCode.StaleMemberEpoch;
        });
    }

    /// <summary>Without a member id and epoch it is an administrator who asks.</summary>
    public override ErrorCode ValidateOffsetFetch(string? memberId, int memberEpoch)
    {
        if (memberId is null && memberEpoch < 0) return ErrorCode.None;
        if (Member(memberId ?? "") is not { } member) return ErrorCode.UnknownMemberId;
        if (memberEpoch == member.Epoch) return ErrorCode.None;
        return member.Classic is null ? ErrorCode.StaleMemberEpoch : ErrorCode.IllegalGeneration;
    }

    public override ErrorCode ValidateOffsetDelete() => ErrorCode.None;

    public override ErrorCode ValidateDelete() => IsEmpty ? ErrorCode.None : ErrorCode.NonEmptyGroup;

    public override bool IsSubscribedTo(string topic) =>
        _subscribers.ContainsKey(topic) || Regexes.Values.Any(r => r.Topics.Contains(topic));

    public override Func<Commitment, long>? ExpiryBase => static c => c.CommitTimestampMs;

    /// <summary>In Kafka's order: what members have and shall have, then the members, last the group.</summary>
    public override void AppendTombstones(Decision decision)
    {
        foreach (var member in _members.Keys) decision.Append(ConsumerRecords.CurrentTombstone(Id, member));
        foreach (var member in _members.Keys) decision.Append(ConsumerRecords.TargetTombstone(Id, member));
        decision.Append(ConsumerRecords.TargetTombstone(Id));
        foreach (var member in _members.Keys) decision.Append(ConsumerRecords.MemberTombstone(Id, member));
        foreach (var regex in Regexes.Keys) decision.Append(ConsumerRecords.Regex(Id, regex, null));
        decision.Append(ConsumerRecords.EpochTombstone(Id));
    }
}
