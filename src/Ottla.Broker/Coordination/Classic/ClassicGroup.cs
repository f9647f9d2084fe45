using Ottla.Broker.Coordination.Groups;
using Ottla.Broker.Coordination.Offsets;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Classic;

/// <summary>One classic group: its members, generation and state, and the rules that need nothing else.</summary>
/// <remarks>
/// Owned by its shard's loop. Members and phases are soft state, as in Kafka: what survives a failover is the last generation whose record
/// was written (<see cref="ToRecord"/>, <see cref="From"/>). What moves the group from state to state is <see cref="ClassicGroups"/>.
/// </remarks>
internal sealed class ClassicGroup(string id, long nowMs) : Group(id)
{
    public const string ConsumerProtocolType = "consumer";

    private readonly Dictionary<string, ClassicMember> _members = [];
    private readonly Dictionary<string, string> _staticMembers = [];
    private readonly Dictionary<string, int> _supporters = [];
    private HashSet<string>? _subscribedTopics;

    public override GroupKind Kind => GroupKind.Classic;

    public ClassicState State { get; private set; } = ClassicState.Empty;

    /// <summary>The state before this one: a rebalance that began empty is an initial one.</summary>
    public ClassicState PreviousState { get; private set; } = ClassicState.Empty;

    /// <summary>When the state was entered; null for a group whose record is older than that field.</summary>
    public long? StateSinceMs { get; private set; } = nowMs;

    public int Generation { get; private set; }

    /// <summary>Null for a group that nobody has joined yet: it holds offsets only.</summary>
    public string? ProtocolType { get; private set; }

    /// <summary>The strategy that was elected for this generation.</summary>
    public string? ProtocolName { get; private set; }

    public string? LeaderId { get; private set; }

    public IReadOnlyDictionary<string, ClassicMember> Members => _members;

    /// <summary>Member ids that were handed out with MEMBER_ID_REQUIRED and not used yet (KIP-394).</summary>
    public HashSet<string> PendingJoins { get; } = [];

    /// <summary>Members that have joined this generation and not fetched their assignment yet.</summary>
    public HashSet<string> PendingSyncs { get; } = [];

    /// <summary>A member came while the initial rebalance waits: it waits some more.</summary>
    public bool MemberCameDuringInitialDelay { get; set; }

    /// <summary>The initial rebalance still waits; how much of the rebalance timeout is left beyond the delay that runs. Null: no initial
    /// delay runs.</summary>
    public (int DelayMs, int RemainingMs)? InitialDelay { get; set; }

    public int JoiningCount { get; private set; }

    public override string ProtocolTypeName => ProtocolType ?? "";

    public override string StateName => State.ToString();

    public override bool IsEmpty => State == ClassicState.Empty;

    public bool IsSimple => State == ClassicState.Empty && ProtocolType is null && PendingJoins.Count == 0;

    public bool UsesConsumerProtocol => ProtocolType == ConsumerProtocolType;

    public bool AllHaveJoined => _members.Count == JoiningCount && PendingJoins.Count == 0;

    public bool AllHaveSynced => PendingSyncs.Count == 0;

    public int RebalanceTimeoutMs => _members.Count == 0 ? 0 : _members.Values.Max(static m => m.RebalanceTimeoutMs);

    public ClassicMember? Member(string memberId) => _members.GetValueOrDefault(memberId);

    public string? StaticMemberId(string instanceId) => _staticMembers.GetValueOrDefault(instanceId);

    public void MoveTo(ClassicState state, long nowMs)
    {
        PreviousState = State;
        State = state;
        StateSinceMs = nowMs;
    }

    /// <summary>Whether a member that speaks these protocols fits in with all the others.</summary>
    public bool Supports(string protocolType, IReadOnlyList<ClassicProtocol> protocols)
    {
        if (State == ClassicState.Empty) return protocolType.Length > 0 && protocols.Count > 0;
        if (ProtocolType != protocolType) return false;
        return protocols.Any(p => _supporters.GetValueOrDefault(p.Name) == _members.Count);
    }

    public void Add(ClassicMember member, Reply<JoinGroupResponse>? joining)
    {
        if (member.InstanceId is not null)
        {
            Invariant.That(!_staticMembers.ContainsKey(member.InstanceId));
            _staticMembers[member.InstanceId] = member.Id;
        }
        if (_members.Count == 0) ProtocolType = member.ProtocolType;
        Invariant.That(ProtocolType == member.ProtocolType);
        LeaderId ??= member.Id;
        _members.Add(member.Id, member);
        Count(member.Protocols, 1);
        PendingJoins.Remove(member.Id);
        SetJoining(member, joining);
    }

    /// <summary>Takes a member, or a member id that nobody used yet, out of the group. The caller has answered what it waited
    /// for.</summary>
    public void Remove(string memberId)
    {
        if (_members.Remove(memberId, out var member))
        {
            Count(member.Protocols, -1);
            SetJoining(member, null);
            if (member.InstanceId is not null) _staticMembers.Remove(member.InstanceId);
        }
        if (LeaderId == memberId) LeaderId = _members.Count == 0 ? null : _members.Keys.First();
        PendingJoins.Remove(memberId);
        PendingSyncs.Remove(memberId);
    }

    public void Update(ClassicMember member, IReadOnlyList<ClassicProtocol> protocols, int rebalanceTimeoutMs, int sessionTimeoutMs,
        Reply<JoinGroupResponse>? joining)
    {
        Count(member.Protocols, -1);
        member.Protocols = protocols;
        Count(member.Protocols, 1);
        member.RebalanceTimeoutMs = rebalanceTimeoutMs;
        member.SessionTimeoutMs = sessionTimeoutMs;
        SetJoining(member, joining);
    }

    /// <summary>A static member came back under a new id, or (when that could not be written) gets its old one back (KIP-345).</summary>
    public ClassicMember Replace(string instanceId, string oldId, string newId)
    {
        var old = _members[oldId];
        var replacement = old.WithId(newId);
        SetJoining(old, null);
        old.Syncing = null;
        _members.Remove(oldId);
        _members.Add(newId, replacement);
        if (LeaderId == oldId) LeaderId = newId;
        if (PendingSyncs.Remove(oldId)) PendingSyncs.Add(newId);
        _staticMembers[instanceId] = newId;
        return replacement;
    }

    public void SetJoining(ClassicMember member, Reply<JoinGroupResponse>? joining)
    {
        JoiningCount += (joining is null ? 0 : 1) - (member.Joining is null ? 0 : 1);
        member.Joining = joining;
    }

    /// <summary>Makes sure that the leader is one who has joined. False: nobody has.</summary>
    public bool ElectJoinedLeader()
    {
        if (LeaderId is null) return false;
        if (_members[LeaderId].Joining is not null) return true;
        var joined = _members.Values.FirstOrDefault(static m => m.Joining is not null);
        if (joined is null) return false;
        LeaderId = joined.Id;
        return true;
    }

    /// <summary>The strategy with the most votes among those that all members support; of equals the one that the leader's list names
    /// first.</summary>
    public string ElectProtocol()
    {
        Invariant.That(_members.Count > 0);
        var candidates = _supporters.Where(s => s.Value == _members.Count).Select(static s => s.Key).ToHashSet();
        Invariant.That(candidates.Count > 0);
        Dictionary<string, int> votes = [];
        foreach (var member in _members.Values)
        {
            var vote = member.VoteAmong(candidates);
            votes[vote] = votes.GetValueOrDefault(vote) + 1;
        }
        var preferred = Member(LeaderId ?? "")?.Protocols.Select(static p => p.Name).ToList() ?? [];
        return votes.OrderByDescending(static v => v.Value).ThenBy(v => preferred.IndexOf(v.Key)).First().Key;
    }

    public void BeginGeneration(long nowMs)
    {
        Generation++;
        ProtocolName = _members.Count > 0 ? ElectProtocol() : null;
        _subscribedTopics = Subscriptions.Of(this);
        MoveTo(_members.Count > 0 ? ClassicState.CompletingRebalance : ClassicState.Empty, nowMs);
        PendingSyncs.Clear();
    }

    /// <summary>What a member that calls itself so may not do: nothing, or why it may do nothing.</summary>
    public ErrorCode Validate(string memberId, string? instanceId)
    {
        if (instanceId is not null)
        {
            if (!_staticMembers.TryGetValue(instanceId, out var known)) return ErrorCode.UnknownMemberId;
            if (known != memberId) return ErrorCode.FencedInstanceId;
        }
        return _members.ContainsKey(memberId) ? ErrorCode.None : ErrorCode.UnknownMemberId;
    }

    public override CommitVerdict ValidateOffsetCommit(string memberId, string? instanceId, int generationOrEpoch, short version)
    {
        if (generationOrEpoch < 0 && State == ClassicState.Empty) return CommitVerdict.Taken;
        if (generationOrEpoch >= 0 || memberId.Length > 0 || instanceId is not null)
        {
            var error = Validate(memberId, instanceId);
            if (error != ErrorCode.None) return error;
            if (generationOrEpoch != Generation) return ErrorCode.IllegalGeneration;
        }
        else if (State != ClassicState.Empty)
        {
            return ErrorCode.UnknownMemberId;
        }
        return State == ClassicState.CompletingRebalance ? ErrorCode.RebalanceInProgress : CommitVerdict.Taken;
    }

    public override ErrorCode ValidateOffsetFetch(string? memberId, int memberEpoch) => ErrorCode.None;

    public override ErrorCode ValidateOffsetDelete() =>
        State != ClassicState.Empty && !UsesConsumerProtocol ? ErrorCode.NonEmptyGroup : ErrorCode.None;

    public override ErrorCode ValidateDelete() => State == ClassicState.Empty ? ErrorCode.None : ErrorCode.NonEmptyGroup;

    /// <summary>While a consumer group's subscriptions can't be read every topic counts as subscribed: offsets are rather kept.</summary>
    public override bool IsSubscribedTo(string topic) => _subscribedTopics?.Contains(topic) ?? UsesConsumerProtocol;

    /// <summary>
    /// KIP-211: an empty group's offsets count from when it became empty, a stable consumer group's (of topics that it left) from their
    /// commit, those of a group without members ever from their commit.
    /// </summary>
    public override Func<Commitment, long>? ExpiryBase
    {
        get
        {
            if (ProtocolType is null) return static c => c.CommitTimestampMs;
            if (State == ClassicState.Empty) return c => StateSinceMs ?? c.CommitTimestampMs;
            return UsesConsumerProtocol && _subscribedTopics is not null && State == ClassicState.Stable ? static c => c.CommitTimestampMs : null;
        }
    }

    public override void AppendTombstones(Decision decision) =>
        decision.Append(new GroupRecord(new GroupMetadataKey { Group = Id }, null));

    /// <summary>The group as its record carries it, with these assignments.</summary>
    public GroupRecord ToRecord(IReadOnlyDictionary<string, byte[]> assignments)
    {
        var value = new GroupMetadataValue
        {
            ProtocolType = ProtocolType ?? "",
            Generation = Generation,
            Protocol = ProtocolName,
            Leader = LeaderId,
            CurrentStateTimestamp = StateSinceMs ?? -1,
            Members = [.. _members.Values.Select(m => new GroupMetadataValue.MemberMetadata
            {
                MemberId = m.Id,
                GroupInstanceId = m.InstanceId,
                ClientId = m.ClientId,
                ClientHost = m.ClientHost,
                RebalanceTimeout = m.RebalanceTimeoutMs,
                SessionTimeout = m.SessionTimeoutMs,
                Subscription = m.MetadataOf(ProtocolName ?? ""),
                Assignment = assignments.GetValueOrDefault(m.Id) ?? [],
            })],
        };
        return new GroupRecord(new GroupMetadataKey { Group = Id }, value);
    }

    public IReadOnlyDictionary<string, byte[]> Assignments() => _members.ToDictionary(static m => m.Key, static m => m.Value.Assignment);

    /// <summary>The group as of its last record: stable with the members of that generation, or empty.</summary>
    public static ClassicGroup From(string id, GroupMetadataValue value)
    {
        var group = new ClassicGroup(id, value.CurrentStateTimestamp)
        {
            StateSinceMs = value.CurrentStateTimestamp < 0 ? null : value.CurrentStateTimestamp,
            Generation = value.Generation,
            ProtocolType = value.ProtocolType.Length == 0 ? null : value.ProtocolType,
            ProtocolName = value.Protocol,
        };
        foreach (var member in value.Members)
        {
            // one id, or one instance, twice is nothing that a coordinator writes; the later one counts
            group.Remove(member.MemberId);
            if (member.GroupInstanceId is { } instance && group.StaticMemberId(instance) is { } former) group.Remove(former);
            group.Add(new ClassicMember(member.MemberId, member.GroupInstanceId, member.ClientId, member.ClientHost, value.ProtocolType)
            {
                RebalanceTimeoutMs = member.RebalanceTimeout < 0 ? member.SessionTimeout : member.RebalanceTimeout,
                SessionTimeoutMs = member.SessionTimeout,
                Protocols = [new ClassicProtocol(value.Protocol ?? "", member.Subscription.ToArray())],
                Assignment = member.Assignment.ToArray(),
            }, null);
        }
        group.LeaderId = value.Leader is { } leader && group._members.ContainsKey(leader) ? leader : group._members.Keys.FirstOrDefault();
        group.State = group._members.Count == 0 ? ClassicState.Empty : ClassicState.Stable;
        group.PreviousState = group.State;
        group._subscribedTopics = Subscriptions.Of(group);
        return group;
    }

    /// <summary>The group without its members.</summary>
    public static ClassicGroup Without(ClassicGroup former) => new(former.Id, nowMs: 0)
    {
        StateSinceMs = former.StateSinceMs,
        Generation = former.Generation,
        ProtocolType = former.ProtocolType,
        _subscribedTopics = former.UsesConsumerProtocol ? [] : null,
    };

    /// <summary>A group that goes on from a consumer group: stable, with what its members have in that generation.</summary>
    public static ClassicGroup Of(string id, int generation, IReadOnlyCollection<ClassicMember> members, long nowMs)
    {
        Invariant.That(members.Count > 0);
        var group = new ClassicGroup(id, nowMs) { Generation = generation };
        foreach (var member in members) group.Add(member, null);
        group.ProtocolName = group.ElectProtocol();
        group.State = group.PreviousState = ClassicState.Stable;
        group._subscribedTopics = Subscriptions.Of(group);
        return group;
    }

    private void Count(IReadOnlyList<ClassicProtocol> protocols, int step)
    {
        foreach (var protocol in protocols) _supporters[protocol.Name] = _supporters.GetValueOrDefault(protocol.Name) + step;
    }
}
