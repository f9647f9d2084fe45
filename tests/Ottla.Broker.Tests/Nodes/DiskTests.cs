using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;

namespace Ottla.Broker.Tests.Nodes;

public sealed class DiskTests
{
    [Fact]
    public async Task A_full_disk_refuses_appends_serves_fetches_and_heals()
    {
        var isFull = false;
        var files = new FaultyFileSystem(new MemoryFileSystem(), call =>
        {
            if (Volatile.Read(ref isFull) && call.Operation == FileOperation.Write && call.Path.Contains("/events-")) throw DiskFault.Full(call.Path);
        });
        await using var node = await TestNode.Start(files);
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        await client.Produce(topic, Batch.Of("before"));
        Volatile.Write(ref isFull, true);
        for (var i = 0; i < 3; i++) Assert.Equal(ErrorCode.KafkaStorageError, (await client.Produce(topic, Batch.Of("lost"))).ErrorCode);
        Assert.Equal(["before"], await client.Values(topic));
        Volatile.Write(ref isFull, false);
        Assert.Equal(1, (await client.Produce(topic, Batch.Of("after"))).BaseOffset);
        Assert.Equal(["before", "after"], await client.Values(topic));
    }

    [Fact]
    public async Task A_producers_sequence_survives_an_append_that_the_disk_refused()
    {
        var isFull = false;
        var files = new FaultyFileSystem(new MemoryFileSystem(), call =>
        {
            if (Volatile.Read(ref isFull) && call.Operation == FileOperation.Write && call.Path.Contains("/events-")) throw DiskFault.Full(call.Path);
        });
        await using var node = await TestNode.Start(files);
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        Assert.Equal(0, (await client.Produce(topic, Batch.From(7, 0, "a"))).BaseOffset);
        Volatile.Write(ref isFull, true);
        Assert.Equal(ErrorCode.KafkaStorageError, (await client.Produce(topic, Batch.From(7, 1, "b"))).ErrorCode);
        Volatile.Write(ref isFull, false);
        Assert.Equal((ErrorCode.None, 1L), await Sent(1, "b"));
        Assert.Equal((ErrorCode.None, 1L), await Sent(1, "b"));
        Assert.Equal(["a", "b"], await client.Values(topic));

        async Task<(ErrorCode, long)> Sent(int sequence, string value)
        {
            var answer = await client.Produce(topic, Batch.From(7, sequence, value));
            return (answer.ErrorCode, answer.BaseOffset);
        }
    }

    [Fact]
    public async Task A_process_that_may_open_no_more_files_refuses_and_heals()
    {
        var isShort = false;
        var files = new FaultyFileSystem(new MemoryFileSystem(), call =>
        {
            if (Volatile.Read(ref isShort) && call.Operation == FileOperation.Open) throw DiskFault.Shortage(call.Path);
        });
        await using var node = await TestNode.Start(files);
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events", partitions: 2);
        Volatile.Write(ref isShort, true);
        Assert.Equal(ErrorCode.KafkaStorageError, (await client.Produce(topic, Batch.Of("lost"))).ErrorCode);
        Volatile.Write(ref isShort, false);
        Assert.Equal(0, (await client.Produce(topic, Batch.Of("after"))).BaseOffset);
        Assert.Equal(["after"], await client.Values(topic));
        Assert.Contains("ulimit -n", node.Logged());
    }

    [Fact]
    public async Task A_disk_that_fails_while_records_are_sent_takes_its_directory_offline()
    {
        var (reads, brokenFrom) = (0, int.MaxValue);
        var files = new FaultyFileSystem(new MemoryFileSystem(), call =>
        {
            if (call.Operation != FileOperation.Read || !call.Path.EndsWith(".log", StringComparison.Ordinal)) return;
            if (Interlocked.Increment(ref reads) >= Volatile.Read(ref brokenFrom)) throw DiskFault.Broken(call.Path);
        });
        await using var node = await TestNode.Start(files, ("log.dirs", "/one,/two"), ("metadata.log.dir", "/two"));
        using var client = await node.Connect();
        using var reader = await node.Connect();
        var topic = await client.CreateTopic("events", partitions: 2);
        var directories = (await client.Ask<DescribeLogDirsResponse>(new DescribeLogDirsRequest { Topics = null }, 5)).Results;
        var partition = directories.Single(d => d.LogDir == "/one").Topics.Single().Partitions[0].PartitionIndex;
        await client.Produce(topic, Batch.OfBytes(100_000), partition: partition);
        Volatile.Write(ref reads, 0);
        await client.Fetch(topic, 0, partition);
        // the last reads of a fetch are those of its pieces on their way: the answer is begun when the disk fails
        Volatile.Write(ref brokenFrom, Volatile.Read(ref reads) - 1);
        Volatile.Write(ref reads, 0);
        Assert.NotNull(await Record.ExceptionAsync(() => reader.Ask<FetchResponse>(TopicClient.FetchOf(topic, 0, partition), 18)));
        Assert.Equal(ErrorCode.KafkaStorageError, (await client.Produce(topic, Batch.Of("lost"), partition: partition)).ErrorCode);
        Volatile.Write(ref brokenFrom, int.MaxValue);
    }

    [Fact]
    public async Task A_broken_disk_takes_its_partitions_offline_and_the_others_serve_on()
    {
        string? broken = null;
        var files = new FaultyFileSystem(new MemoryFileSystem(), call =>
        {
            if (Volatile.Read(ref broken) is { } root && call.Path.StartsWith(root, StringComparison.Ordinal)) throw DiskFault.Broken(call.Path);
        });
        await using var node = await TestNode.Start(files, ("log.dirs", "/one,/two"), ("metadata.log.dir", "/one"));
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events", partitions: 4);
        for (var i = 0; i < 4; i++) await client.Produce(topic, Batch.Of($"before {i}"), partition: i);
        var directories = (await client.Ask<DescribeLogDirsResponse>(new DescribeLogDirsRequest { Topics = null }, 5)).Results;
        var hurt = directories.Single(d => d.LogDir == "/two").Topics.Single().Partitions.Select(p => p.PartitionIndex).ToHashSet();
        Assert.Equal(2, hurt.Count);

        Volatile.Write(ref broken, "/two");
        foreach (var partition in hurt) Assert.Equal(ErrorCode.KafkaStorageError, (await client.Produce(topic, Batch.Of("lost"), partition: partition)).ErrorCode);
        for (var i = 0; i < 4; i++)
        {
            var fetched = await client.Fetch(topic, 0, i);
            if (hurt.Contains(i)) Assert.NotEqual(ErrorCode.None, fetched.ErrorCode);
            else Assert.Equal([$"before {i}"], Batch.Values(fetched.Records));
        }

        var whole = Enumerable.Range(0, 4).First(i => !hurt.Contains(i));
        Assert.Equal(1, (await client.Produce(topic, Batch.Of("after"), partition: whole)).BaseOffset);
        var told = (await client.Ask<DescribeLogDirsResponse>(new DescribeLogDirsRequest { Topics = null }, 5)).Results;
        Assert.Equal(ErrorCode.KafkaStorageError, told.Single(d => d.LogDir == "/two").ErrorCode);
    }

    [Fact]
    public async Task Losing_the_metadata_directory_is_told_to_who_ends_the_process()
    {
        var isBroken = false;
        var files = new FaultyFileSystem(new MemoryFileSystem(), call =>
        {
            if (Volatile.Read(ref isBroken) && call.Operation is FileOperation.Write or FileOperation.Flush) throw DiskFault.Broken(call.Path);
        });
        await using var node = await TestNode.Start(files);
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        Volatile.Write(ref isBroken, true);
        Assert.Equal(ErrorCode.KafkaStorageError, (await client.Produce(topic, Batch.Of("lost"))).ErrorCode);
        await Patience.Until(() => !node.Faults.IsEmpty);
        Assert.Contains("/data", node.Faults.First().Message);
        Volatile.Write(ref isBroken, false);
        node.Faults.Clear();
    }
}
