using Ottla.Protocol.Messages;
using Ottla.Runtime.Files;

namespace Ottla.Broker.Tests.Nodes;

/// <summary>What a node says, and refuses, before it serves.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Another_order_of_the_directories_is_refused_and_the_old_one_has_all_its_data()
    {
        var files = new MemoryFileSystem();
        await using (var node = await TestNode.Start(files, ("log.dirs", "/a,/b")))
        {
            using var client = await node.Connect();
            await client.CreateTopic("kept", partitions: 4);
        }

        var before = Names(files);
        var refused = await Assert.ThrowsAsync<BrokerStartException>(() => TestNode.Start(files, ("log.dirs", "/b,/a")));
        Assert.Contains("Found unexpected metadata location in data directory /a/__cluster_metadata-0", refused.Message);
        Assert.Equal(before, Names(files));
        await using var again = await TestNode.Start(files, ("log.dirs", "/a,/b"));
        using var other = await again.Connect();
        Assert.Equal(4, (await other.Ask<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = "kept" }] }, 9)).Topics[0].Partitions.Count);
    }

    [Fact]
    public async Task An_empty_metadata_log_beside_partitions_is_refused_and_nothing_is_set_aside()
    {
        var files = new MemoryFileSystem();
        await using (var node = await TestNode.Start(files, ("log.dirs", "/a"), ("metadata.log.dir", "/m")))
        {
            using var client = await node.Connect();
            await client.CreateTopic("kept", partitions: 1);
        }

        foreach (var entry in files.List("/m/__cluster_metadata-0").ToList()) files.DeleteFile($"/m/__cluster_metadata-0/{entry.Name}");
        var refused = await Assert.ThrowsAsync<BrokerStartException>(() => TestNode.Start(files, ("log.dirs", "/a"), ("metadata.log.dir", "/m")));
        Assert.Contains("The metadata log in /m is empty, but /a/kept-0 holds a partition", refused.Message);
        Assert.Contains("kept-0", files.List("/a").Select(entry => entry.Name));
    }

    [Fact]
    public async Task Too_few_brokers_for_the_offsets_topic_are_told_at_the_start_and_when_it_can_not_be_made()
    {
        var node = await TestNode.Start(("offsets.topic.replication.factor", "3"), ("default.replication.factor", "2"));
        using (var client = await node.Connect())
        {
            await client.Ask<FindCoordinatorResponse>(new FindCoordinatorRequest { Key = "team" }, 3);
            await client.Ask<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = "weather" }], AllowAutoTopicCreation = true }, 9);
        }

        await node.DisposeAsync();
        var log = node.Logged();
        Assert.Contains("offsets.topic.replication.factor=3, but the cluster has 1 broker(s): __consumer_offsets can't be created", log);
        Assert.Contains("Topic __consumer_offsets was not created automatically (INVALID_REPLICATION_FACTOR)", log);
        Assert.Contains("Change offsets.topic.replication.factor (now 3)", log);
    }

    private static string[] Names(MemoryFileSystem files) =>
        [.. new[] { "/a", "/b" }.SelectMany(path => files.List(path).Select(entry => $"{path}/{entry.Name}")).Order(StringComparer.Ordinal)];
}
