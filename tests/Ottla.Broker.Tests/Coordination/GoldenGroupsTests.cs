using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Groups;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Coordination;

public sealed class GoldenGroupsTests
{
    private static readonly (int Partition, long Offset, OffsetsRecord Record)[] Records =
    [
        .. Lines().Where(l => !l.StartsWith('#')).Select(l => l.Split(' '))
            .Select(f => (int.Parse(f[0]), long.Parse(f[1]), new OffsetsRecord(Convert.FromHexString(f[2]),
                f[3] == "-" ? default(ReadOnlyMemory<byte>?) : Convert.FromHexString(f[3])))),
    ];

    private static List<string> Lines()
    {
        using var reader = new StreamReader(typeof(GoldenGroupsTests).Assembly.GetManifestResourceStream("golden-groups.txt")!);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    [Fact]
    public void Records_that_Kafka_wrote_are_written_by_us_byte_for_byte()
    {
        Assert.Equal(30, Records.Length);
        foreach (var (_, _, record) in Records)
        {
            var written = RecordCodec.Write(RecordCodec.Read(record)!.Value);
            Assert.Equal(Convert.ToHexString(record.Key.Span), Convert.ToHexString(written.Key.Span));
            Assert.Equal(record.Value is { } v ? Convert.ToHexString(v.Span) : null, written.Value is { } w ? Convert.ToHexString(w.Span) : null);
        }
    }

    [Fact]
    public void Groups_that_Kafka_left_behind_are_what_Kafka_says_they_are()
    {
        var topics = new Topics();
        topics.Add("orders", 2);
        SortedDictionary<string, (string State, string Type, long Committed)> groups = new(StringComparer.Ordinal);
        foreach (var partition in Records.GroupBy(r => r.Partition))
        {
            var shard = new GroupShard(new GroupSettings(), topics, new Random(1));
            foreach (var (_, offset, record) in partition) shard.Replay(new Offset(offset), ProducerId.None, RecordCodec.Read(record)!.Value);
            foreach (var group in shard.Groups.Values)
                groups[group.Id] = (group.StateName, group.Kind.WireName(), shard.Offsets.Store.Find(group.Id, "orders", 0)?.Offset.Value ?? -1);
        }
        Assert.Equal(
        [
            ("classic-dynamic", ("Empty", "classic", 6L)),
            ("classic-static", ("Stable", "classic", 6L)),
            ("consumer-dynamic", ("Empty", "consumer", 6L)),
            ("consumer-static", ("Reconciling", "consumer", 6L)),
            ("simple", ("Empty", "classic", 2L)),
        ], groups.Select(g => (g.Key, g.Value)));
    }
}
