using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Nodes;

/// <summary>Several nodes that are one cluster.</summary>
public sealed class ClusterTests
{
    private static readonly string[] _three = ["broker,controller", "broker,controller", "broker,controller"];

    [Fact]
    public async Task Three_combined_nodes_form_a_cluster_whose_topics_can_be_made_at_any_of_them()
    {
        await using var cluster = await TestCluster.Start(_three);
        for (var id = 1; id <= 3; id++)
        {
            using var client = await cluster.Connect(id);
            var described = await Patience.Until(() => client.Ask<DescribeClusterResponse>(new DescribeClusterRequest(), 1), d => d.Brokers.Count == 3);
            Assert.Equal([1, 2, 3], described.Brokers.Select(b => b.BrokerId).Order());
            var created = await client.Ask<CreateTopicsResponse>(
                new CreateTopicsRequest { Topics = [new() { Name = $"t{id}", NumPartitions = 3, ReplicationFactor = 3 }], TimeoutMs = 20_000 }, 7);
            Assert.Equal((ErrorCode.None, null), (created.Topics[0].ErrorCode, created.Topics[0].ErrorMessage));
            var metadata = await client.Ask<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = $"t{id}" }] }, 12);
            Assert.Equal(ErrorCode.None, metadata.Topics[0].ErrorCode);
            Assert.Equal(3, metadata.Topics[0].Partitions.Count);
        }
    }

    [Fact]
    public async Task A_broker_that_is_no_controller_hands_on_what_only_a_controller_answers()
    {
        await using var cluster = await TestCluster.Start(["controller", "broker"]);
        using var client = await cluster.Connect(2);
        var created = await client.Ask<CreateTopicsResponse>(
            new CreateTopicsRequest { Topics = [new() { Name = "t", NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 20_000 }, 7);
        Assert.Equal(ErrorCode.None, created.Topics[0].ErrorCode);
        var quorum = await client.Ask<DescribeQuorumResponse>(
            new DescribeQuorumRequest { Topics = [new() { TopicName = "__cluster_metadata", Partitions = [new() { PartitionIndex = 0 }] }] }, 2);
        Assert.Equal(1, quorum.Topics[0].Partitions[0].LeaderId);
        using var tool = await cluster.ConnectToController(1);
        var controllers = await tool.Ask<DescribeClusterResponse>(new DescribeClusterRequest { EndpointType = 2 }, 1);
        Assert.Equal(1, controllers.ControllerId);
        Assert.Equal([1], controllers.Brokers.Select(b => b.BrokerId));
        Assert.Equal(ErrorCode.MismatchedEndpointType, (await tool.Ask<DescribeClusterResponse>(new DescribeClusterRequest { EndpointType = 1 }, 1)).ErrorCode);
    }

    /// <summary>Voters that stand in the configuration are not changed by requests, which only the leader says: others do not
    /// lead.</summary>
    [Fact]
    public async Task Changes_of_voters_that_are_asked_of_any_broker_are_answered_by_the_leader()
    {
        await using var cluster = await TestCluster.Start(["broker,controller", "broker,controller", "broker,controller", "broker"]);
        for (var id = 1; id <= 4; id++)
        {
            using var client = await cluster.Connect(id);
            var added = await client.Ask<AddRaftVoterResponse>(
                new AddRaftVoterRequest
                {
                    ClusterId = null, VoterId = 9, VoterDirectoryId = new Uuid(9, 9), TimeoutMs = 20_000,
                    Listeners = [new() { Name = "CONTROLLER", Host = "127.0.0.1", Port = 9 }],
                },
                1);
            Assert.Equal(ErrorCode.UnsupportedVersion, added.ErrorCode);
            var removed = await client.Ask<RemoveRaftVoterResponse>(
                new RemoveRaftVoterRequest { ClusterId = null, VoterId = 2, VoterDirectoryId = new Uuid(9, 9) }, 0);
            Assert.Equal(ErrorCode.UnsupportedVersion, removed.ErrorCode);
        }
    }

    /// <summary>Its session would last for longer than any test waits.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_node_that_is_killed_is_fenced_without_its_session_being_waited_for(int victim)
    {
        await using var cluster = await TestCluster.Start(_three, ("broker.session.timeout.ms", "600000"), ("controlled.shutdown.enable", "false"));
        var witness = victim == 1 ? 2 : 1;
        using var client = await cluster.Connect(witness);
        await Patience.Until(() => client.Ask<DescribeClusterResponse>(new DescribeClusterRequest(), 1), d => d.Brokers.Count == 3);
        await cluster.IsWatched(victim);
        cluster.Kill(victim);
        await Patience.Until(() => client.Ask<DescribeClusterResponse>(new DescribeClusterRequest(), 1), d => d.Brokers.Count == 2);
    }
}
