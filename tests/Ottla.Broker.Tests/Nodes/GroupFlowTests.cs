using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Nodes;

public sealed class GroupFlowTests
{
    [Fact]
    public async Task A_classic_group_lives_its_whole_life_at_every_version()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        for (short step = 0; step <= 9; step++)
        {
            var group = $"group-{step}";
            await Patience.Until(
                () => client.Ask<FindCoordinatorResponse>(new FindCoordinatorRequest { Key = group }, 2), answer => answer.ErrorCode == ErrorCode.None);
            var joined = await Join(client, group, step);
            Assert.Equal((ErrorCode.None, 1, "range"), (joined.ErrorCode, joined.GenerationId, joined.ProtocolName));
            Assert.Equal(joined.MemberId, joined.Leader);
            Assert.Equal([1, 2, 3], Assert.Single(joined.Members).Metadata.ToArray());
            var member = joined.MemberId;
            var synced = await client.Ask<SyncGroupResponse>(
                new SyncGroupRequest
                {
                    GroupId = group, MemberId = member, GenerationId = 1, ProtocolType = step >= 5 ? "consumer" : null, ProtocolName = step >= 5 ? "range" : null,
                    Assignments = [new() { MemberId = member, Assignment = new byte[] { 7 } }],
                },
                Math.Min(step, (short)5));
            Assert.Equal([7], synced.Assignment.ToArray());
            var alive = await client.Ask<HeartbeatResponse>(new HeartbeatRequest { GroupId = group, MemberId = member, GenerationId = 1 }, Math.Min(step, (short)4));
            Assert.Equal(ErrorCode.None, alive.ErrorCode);
            await CommitAndFetch(client, topic, group, member, step);
            var described = Assert.Single((await client.Ask<DescribeGroupsResponse>(new DescribeGroupsRequest { Groups = [group] }, Math.Min(step, (short)6))).Groups);
            Assert.Equal(("Stable", member), (described.GroupState, Assert.Single(described.Members).MemberId));
            var listed = await client.Ask<ListGroupsResponse>(new ListGroupsRequest(), Math.Min(step, (short)5));
            Assert.Contains(listed.Groups, g => g.GroupId == group && g.ProtocolType == "consumer");
            var left = await client.Ask<LeaveGroupResponse>(
                step >= 3 ? new LeaveGroupRequest { GroupId = group, Members = [new() { MemberId = member }] } : new LeaveGroupRequest { GroupId = group, MemberId = member },
                Math.Min(step, (short)5));
            Assert.Equal(ErrorCode.None, left.ErrorCode);
            var deleted = await client.Ask<DeleteGroupsResponse>(new DeleteGroupsRequest { GroupsNames = [group] }, Math.Min(step, (short)2));
            Assert.Equal(ErrorCode.None, Assert.Single(deleted.Results).ErrorCode);
        }
    }

    private static async Task<JoinGroupResponse> Join(WireClient client, string group, short version)
    {
        var request = new JoinGroupRequest
        {
            GroupId = group, SessionTimeoutMs = 30_000, RebalanceTimeoutMs = 30_000, MemberId = "", ProtocolType = "consumer",
            Protocols = [new() { Name = "range", Metadata = new byte[] { 1, 2, 3 } }],
        };
        var joined = await client.Ask<JoinGroupResponse>(request, version);
        if (version < 4) return joined;
        Assert.Equal(ErrorCode.MemberIdRequired, joined.ErrorCode);
        request.MemberId = joined.MemberId;
        return await client.Ask<JoinGroupResponse>(request, version);
    }

    private static async Task CommitAndFetch(WireClient client, Topic topic, string group, string member, short step)
    {
        var commit = new OffsetCommitRequest
        {
            GroupId = group, MemberId = member, GenerationIdOrMemberEpoch = 1,
            Topics = [new() { Name = topic.Name, TopicId = topic.Id, Partitions = [new() { PartitionIndex = 0, CommittedOffset = 40 + step, CommittedMetadata = "m" }] }],
        };
        var committed = await client.Ask<OffsetCommitResponse>(commit, Math.Min((short)(2 + step), (short)10));
        Assert.Equal(ErrorCode.None, committed.Topics[0].Partitions[0].ErrorCode);
        var version = (short)(1 + step);
        if (version < 8)
        {
            var old = await client.Ask<OffsetFetchResponse>(new OffsetFetchRequest { GroupId = group, Topics = [new() { Name = topic.Name, PartitionIndexes = [0, 5] }] }, version);
            Assert.Equal([40 + step, -1], old.Topics[0].Partitions.Select(p => p.CommittedOffset));
            return;
        }

        var request = new OffsetFetchRequest { Groups = [new() { GroupId = group, Topics = [new() { Name = topic.Name, TopicId = topic.Id, PartitionIndexes = [0, 5] }] }] };
        var fetched = Assert.Single((await client.Ask<OffsetFetchResponse>(request, version)).Groups);
        Assert.Equal([40 + step, -1], fetched.Topics[0].Partitions.Select(p => p.CommittedOffset));
    }
}
