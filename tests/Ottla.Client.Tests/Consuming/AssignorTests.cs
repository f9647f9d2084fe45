using FsCheck;
using FsCheck.Fluent;
using Ottla.Client.Consuming.Groups;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Tests.Consuming;

public sealed class AssignorTests
{
    [Fact]
    public void Range_gives_each_member_a_stretch_of_each_topic_and_the_first_ones_more()
    {
        var dealt = new RangeAssignor().Assign([Member("b", "x", "y"), Member("a", "x", "y")], new Dictionary<string,
            int> { ["x"] = 3, ["y"] = 2 });
        Assert.Equal([new("x", 0), new("x", 1), new("y", 0)], dealt["a"]);
        Assert.Equal([new("x", 2), new("y", 1)], dealt["b"]);
    }

    [Fact]
    public void Round_robin_deals_all_partitions_in_turn_and_passes_over_those_who_do_not_read_the_topic()
    {
        var dealt = new RoundRobinAssignor().Assign([Member("a", "x", "y"), Member("b", "y")], new Dictionary<string,
            int> { ["x"] = 2, ["y"] = 3 });
        Assert.Equal([new("x", 0), new("x", 1), new("y", 1)], dealt["a"]);
        Assert.Equal([new("y", 0), new("y", 2)], dealt["b"]);
    }

    [Theory]
    [InlineData("range")]
    [InlineData("roundrobin")]
    public void Every_partition_that_somebody_reads_is_dealt_once_to_one_who_reads_it(string name)
    {
        Prop.ForAll(ArbMap.Default.ArbFor<(byte, byte, int)>(), made =>
        {
            var (memberCount, topicCount, seed) = made;
            var random = new System.Random(seed);
            var counts = Enumerable.Range(0, topicCount % 5).ToDictionary(t => $"t{t}", _ => random.Next(7));
            var members = Enumerable.Range(0, (memberCount % 6) + 1).Select(m =>
                Member($"m{m}", [.. counts.Keys.Where(_ => random.Next(2) == 0)])).ToList();
            var dealt = Assignors.Named(name).Assign(members, counts);
            var wanted = counts.Where(t => members.Any(m => m.Topics.Contains(t.Key))).SelectMany(t =>
                Enumerable.Range(0, t.Value).Select(p => new TopicPartition(t.Key, p)));
            var all = dealt.Values.SelectMany(p => p).ToList();
            return all.Count == all.Distinct().Count() && all.ToHashSet().SetEquals(wanted)
                && dealt.All(d => d.Value.All(p => members.Single(m => m.MemberId == d.Key).Topics.Contains(p.Topic)));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Subscription_and_assignment_survive_the_bytes_of_the_protocol()
    {
        Assert.Equal(["a", "b"], EmbeddedProtocol.Topics(EmbeddedProtocol.Subscription(["b", "a"])));
        TopicPartition[] partitions = [new("a", 0), new("a", 2), new("b", 1)];
        Assert.Equal(partitions, EmbeddedProtocol.Partitions(EmbeddedProtocol.Assignment(partitions)));
        Assert.Empty(EmbeddedProtocol.Partitions(ReadOnlyMemory<byte>.Empty));
    }

    private static Subscriber Member(string id, params string[] topics) => new(id, null, topics);
}
