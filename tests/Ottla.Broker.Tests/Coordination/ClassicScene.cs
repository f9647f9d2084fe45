using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Classic;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Coordination;

/// <summary>What members of classic groups say, in few words.</summary>
internal static class ClassicScene
{
    public const string G = "team";

    public static Answer<JoinGroupResponse> Join(this Brain brain, string memberId = "", string? instance = null, string group = G,
        string[]? protocols = null, string type = "consumer", short version = 9, int sessionMs = 10_000, int rebalanceMs = 60_000,
        string[]? topics = null, (string Topic, int[] Partitions)? owned = null)
    {
        var request = new JoinGroupRequest
        {
            GroupId = group,
            MemberId = memberId,
            GroupInstanceId = instance,
            SessionTimeoutMs = sessionMs,
            RebalanceTimeoutMs = rebalanceMs,
            ProtocolType = type,
            Protocols = [.. (protocols ?? ["range"]).Select(p => new JoinGroupRequest.JoinGroupRequestProtocol
            {
                Name = p,
                Metadata = Subscription(topics ?? ["orders"], owned),
            })],
        };
        var context = new GroupRequestContext("app", "/10.0.0.1", version);
        return brain.Send<JoinGroupResponse>((reply, decision) => brain.Shard.Join(request, context, reply, decision),
            error => ClassicGroups.RefusedJoin(error, ""));
    }

    /// <summary>Fetches a member id first, as clients do since KIP-394.</summary>
    public static (string Id, Answer<JoinGroupResponse> Joined) JoinTwice(this Brain brain, string group = G, string[]? protocols = null,
        int sessionMs = 10_000, int rebalanceMs = 60_000, string[]? topics = null)
    {
        var first = brain.Join(group: group, protocols: protocols, sessionMs: sessionMs, rebalanceMs: rebalanceMs, topics: topics).Result;
        Assert.Equal(ErrorCode.MemberIdRequired, first.ErrorCode);
        var id = first.MemberId;
        return (id, brain.Join(id, group: group, protocols: protocols, sessionMs: sessionMs, rebalanceMs: rebalanceMs, topics: topics));
    }

    public static Answer<SyncGroupResponse> Sync(this Brain brain, string memberId, int generation, Dictionary<string, byte[]>? assign = null,
        string? instance = null, string group = G, string? protocol = null)
    {
        var request = new SyncGroupRequest
        {
            GroupId = group,
            MemberId = memberId,
            GenerationId = generation,
            GroupInstanceId = instance,
            ProtocolName = protocol,
            Assignments = [.. (assign ?? []).Select(a => new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = a.Key, Assignment = a.Value })],
        };
        return brain.Send<SyncGroupResponse>((reply, decision) => brain.Shard.Sync(request, reply, decision), ClassicGroups.RefusedSync);
    }

    public static ErrorCode Heartbeat(this Brain brain, string memberId, int generation, string? instance = null, string group = G)
    {
        var request = new HeartbeatRequest { GroupId = group, MemberId = memberId, GenerationId = generation, GroupInstanceId = instance };
        return brain.Ask<HeartbeatResponse>((reply, decision) => brain.Shard.Heartbeat(request, reply, decision)).ErrorCode;
    }

    public static List<ErrorCode> Leave(this Brain brain, string group, params (string Member, string? Instance)[] members)
    {
        var request = new LeaveGroupRequest
        {
            GroupId = group,
            Members = [.. members.Select(m => new LeaveGroupRequest.MemberIdentity { MemberId = m.Member, GroupInstanceId = m.Instance })],
        };
        var response = brain.Ask<LeaveGroupResponse>((reply, decision) => brain.Shard.Leave(request, reply, decision));
        return response.ErrorCode == ErrorCode.None ? [.. response.Members.Select(m => m.ErrorCode)] : [response.ErrorCode];
    }

    /// <summary>A group with one member that has everything. Generation 1.</summary>
    public static string StableGroup(this Brain brain, string group = G, int sessionMs = 10_000, string[]? topics = null)
    {
        var (id, joined) = brain.JoinTwice(group, sessionMs: sessionMs, topics: topics);
        brain.Advance(0);
        Assert.Equal((ErrorCode.None, 1), (joined.Result.ErrorCode, joined.Result.GenerationId));
        Assert.Equal([1], brain.Sync(id, 1, new() { [id] = [1] }, group: group).Result.Assignment.ToArray());
        return id;
    }

    /// <summary>A second member joins a group with one; both are in generation 2 and have not synced.</summary>
    public static string AddSecond(this Brain brain, string first)
    {
        var (second, joined) = brain.JoinTwice();
        Assert.Equal(ErrorCode.RebalanceInProgress, brain.Heartbeat(first, 1));
        Assert.Equal(2, brain.Join(first).Result.GenerationId);
        Assert.Equal(2, joined.Result.GenerationId);
        return second;
    }

    public static string State(this Brain brain, string group = G) => brain.Shard.Groups[group].StateName;

    public static byte[] Subscription(params string[] topics) => Subscription(topics, null);

    private static byte[] Subscription(string[] topics, (string Topic, int[] Partitions)? owned)
    {
        using var writer = new MessageWriter();
        writer.WriteInt16(1);
        var subscription = new ConsumerProtocolSubscription { Topics = [.. topics] };
        if (owned is var (topic, partitions)) subscription.OwnedPartitions.Add(new() { Topic = topic, Partitions = [.. partitions] });
        subscription.Write(writer, 1);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>What the leader gives a member.</summary>
    public static byte[] Assignment(string topic, int[] partitions, byte[]? userData = null)
    {
        using var writer = new MessageWriter();
        writer.WriteInt16(1);
        new ConsumerProtocolAssignment { AssignedPartitions = [new() { Topic = topic, Partitions = [.. partitions] }], UserData = userData }.Write(writer, 1);
        return writer.WrittenSpan.ToArray();
    }
}
