using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Platform;

namespace Ottla.Broker.Tests.Nodes;

public sealed class StopTests
{
    /// <summary>Far beyond what a stop may take: who answers before was told.</summary>
    private const int ForeverMs = 10 * 60_000;

    [Fact]
    public async Task Whoever_waits_is_answered_when_the_node_stops()
    {
        var node = await TestNode.Start(("group.max.session.timeout.ms", $"{ForeverMs}"));
        using var leader = await node.Connect();
        using var joining = await node.Connect();
        using var syncing = await node.Connect();
        using var fetching = await node.Connect();
        var topic = await leader.CreateTopic("events");
        var fetchId = await fetching.SendAndIsAtWork(ApiKey.Fetch, TopicClient.FetchOf(topic, 0, waitMs: int.MaxValue), 18);
        foreach (var group in new[] { "joining", "syncing" })
        {
            await Patience.Until(
                () => leader.Ask<FindCoordinatorResponse>(new FindCoordinatorRequest { Key = group }, 2), answer => answer.ErrorCode == ErrorCode.None);
        }

        // a member that does not come back to a rebalance, for which the other waits
        await leader.Ask<JoinGroupResponse>(Join("joining"), 3);
        var joinId = await joining.SendAndIsAtWork(ApiKey.JoinGroup, Join("joining"), 3);
        // a follower, whose leader does not send the assignments
        var first = await leader.Ask<JoinGroupResponse>(Join("syncing"), 3);
        var second = await syncing.Send(ApiKey.JoinGroup, Join("syncing"), 3);
        await Patience.Until(
            () => leader.Ask<HeartbeatResponse>(new HeartbeatRequest { GroupId = "syncing", MemberId = first.MemberId, GenerationId = 1 }, 3),
            answer => answer.ErrorCode == ErrorCode.RebalanceInProgress);
        await leader.Ask<JoinGroupResponse>(Join("syncing", first.MemberId), 3);
        var follower = await syncing.Receive<JoinGroupResponse>(second, 3);
        var syncId = await syncing.SendAndIsAtWork(
            ApiKey.SyncGroup, new SyncGroupRequest { GroupId = "syncing", MemberId = follower.MemberId, GenerationId = follower.GenerationId }, 3);
        await node.DisposeAsync();
        Assert.Equal(ErrorCode.NotCoordinator, (await joining.Receive<JoinGroupResponse>(joinId, 3)).ErrorCode);
        Assert.NotEqual(ErrorCode.None, (await syncing.Receive<SyncGroupResponse>(syncId, 3)).ErrorCode);
        Assert.Equal(ErrorCode.None, TopicClient.Only(await fetching.Receive<FetchResponse>(fetchId, 18)).ErrorCode);
    }

    [Fact]
    public async Task A_port_that_is_taken_leaves_the_others_free()
    {
        using var transport = new OsTransport();
        using var taken = transport.Listen("127.0.0.1", 0, 1);
        var free = transport.Listen("127.0.0.1", 0, 1);
        var port = free.Port;
        free.Dispose();
        var refused = await Assert.ThrowsAsync<BrokerStartException>(() =>
            TestNode.Start(("listeners", $"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{taken.Port}")));
        Assert.Contains($"127.0.0.1:{taken.Port}", refused.Message);
        using var again = transport.Listen("127.0.0.1", port, 1);
        Assert.Equal(port, again.Port);
    }

    [Fact]
    public async Task Connections_may_be_idle_for_ever()
    {
        await using var node = await TestNode.Start(("connections.max.idle.ms", "9223372036854775807"));
        using var client = await node.Connect();
        Assert.NotNull((await client.Ask<MetadataResponse>(new MetadataRequest { Topics = [] }, 12)).ClusterId);
    }

    [Fact]
    public async Task A_connection_on_which_nothing_goes_is_closed_in_the_end()
    {
        await using var node = await TestNode.Start(("connections.max.idle.ms", "300"));
        using var client = await node.Connect();
        await client.IsClosed();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_goes_while_its_fetch_waits_leaves_its_place_to_others(bool isReset)
    {
        await using var node = await TestNode.Start(("max.connections", "1"));
        Topic topic;
        using (var client = await node.Connect())
        {
            topic = await client.CreateTopic("events");
            // an answer that nobody reads makes the close a reset
            if (isReset) await client.Send(ApiKey.Metadata, new MetadataRequest { Topics = null }, 12);
            await client.Send(ApiKey.Fetch, TopicClient.FetchOf(topic, 0, waitMs: int.MaxValue), 18);
        }

        await Patience.Until(
            async () =>
            {
                using var next = await node.Connect();
                return await Record.ExceptionAsync(() => next.Ask<MetadataResponse>(new MetadataRequest { Topics = [] }, 12));
            },
            refusal => refusal is null);
    }

    private static JoinGroupRequest Join(string group, string member = "") => new()
    {
        GroupId = group, SessionTimeoutMs = ForeverMs, RebalanceTimeoutMs = ForeverMs, MemberId = member, ProtocolType = "consumer",
        Protocols = [new() { Name = "range", Metadata = new byte[] { 1 } }],
    };
}
