using System.Globalization;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Platform;

namespace Ottla.Broker.Tests.Nodes;

/// <summary>A volume that has no room left, as the system tells it (<see cref="DiskTests"/> has the same with made-up faults). The metadata log lies
/// elsewhere: a node that can't write it ends.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const int TriesMax = 2_000;

    private readonly string _metadata = Directory.CreateTempSubdirectory("ottla-metadata-").FullName;
    private readonly List<string> _kept = [];

    public void Dispose() => Directory.Delete(_metadata, recursive: true);

    [Fact]
    public async Task A_volume_without_room_refuses_appends_serves_fetches_heals_and_loses_nothing()
    {
        using var volume = SmallVolume.Mount(mebibytes: 8);
        var ballast = Path.Combine(volume.Path, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[2 << 20], TestContext.Current.CancellationToken);
        Topic topic;
        await using (var node = await Start(volume))
        {
            using var client = await node.Connect();
            topic = await client.CreateTopic("events", 1, ("segment.bytes", "1048576"));
            await Fill(client, topic);
            Assert.Equal(ErrorCode.None, await DirectoryError(client, volume));
            Assert.Equal(_kept, await ReadAll(client, topic));
            File.Delete(ballast);
            for (var i = 0; i < 5; i++) Assert.Equal(ErrorCode.None, await Produce(client, topic, 10_000));
            Assert.Equal(_kept, await ReadAll(client, topic));
            await Fill(client, topic);
        }

        // stopped and started again without room: what can't be opened now is refused, not forgotten
        await using (var full = await Start(volume))
        {
            using var client = await full.Connect();
            var answer = await client.Fetch(topic, 0);
            if (answer.ErrorCode == ErrorCode.None) Assert.Equal(_kept, await ReadAll(client, topic));
            else Assert.Equal(ErrorCode.KafkaStorageError, answer.ErrorCode);
            Assert.Equal(ErrorCode.None, await DirectoryError(client, volume));
        }

        volume.Grow(mebibytes: 16);
        await using var again = await Start(volume);
        using var reader = await again.Connect();
        Assert.Equal(_kept, await ReadAll(reader, topic));
        Assert.Equal(_kept.Count, (await reader.Produce(topic, Batch.Of("next"))).BaseOffset);
    }

    private Task<TestNode> Start(SmallVolume volume) =>
        TestNode.Start(new OsFileSystem(), ("log.dirs", Path.Combine(volume.Path, "logs")), ("metadata.log.dir", _metadata));

    /// <summary>Produces until not even a small record fits; whatever was acknowledged is kept.</summary>
    private async Task Fill(WireClient client, Topic topic)
    {
        foreach (var size in new[] { 100_000, 10_000, 100 })
        {
            var tries = 0;
            while (await Produce(client, topic, size) is var error && error != ErrorCode.KafkaStorageError)
            {
                Assert.Equal(ErrorCode.None, error);
                Assert.True(++tries < TriesMax, "the volume never was full");
            }
        }
    }

    private async Task<ErrorCode> Produce(WireClient client, Topic topic, int size)
    {
        var value = _kept.Count.ToString(CultureInfo.InvariantCulture).PadRight(size, '.');
        var answer = await client.Produce(topic, Batch.Of(value));
        if (answer.ErrorCode != ErrorCode.None) return answer.ErrorCode;
        Assert.Equal(_kept.Count, answer.BaseOffset);
        _kept.Add(value);
        return ErrorCode.None;
    }

    private static async Task<List<string>> ReadAll(WireClient client, Topic topic)
    {
        var read = new List<string>();
        while (await client.Values(topic, read.Count) is { Length: > 0 } more) read.AddRange(more);
        return read;
    }

    private static async Task<ErrorCode> DirectoryError(WireClient client, SmallVolume volume) =>
        (await client.Ask<DescribeLogDirsResponse>(new DescribeLogDirsRequest { Topics = null }, 5)).Results
            .Single(result => result.LogDir.StartsWith(volume.Path, StringComparison.Ordinal)).ErrorCode;
}
