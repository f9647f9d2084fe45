using FsCheck;
using FsCheck.Fluent;
using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Consumer;
using Ottla.Broker.Coordination.Consumer.Assignors;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Coordination;

public sealed class AssignorTests
{
    private static readonly HashSet<TopicIdPartition> Nothing = [];

    private static TopicInfo Topic(int number, int partitions) => new(new Uuid(1, (ulong)number + 1), "t" + number, partitions);

    private static AssignmentQuestion Question(Dictionary<string, HashSet<TopicIdPartition>>? current, TopicInfo[] topics, params (string Id, int[] Topics)[] members) => new(
        [.. members.Select(m => new AssignedMember(m.Id, null, m.Topics.Select(t => "t" + t).ToHashSet(), current?.GetValueOrDefault(m.Id) ?? Nothing))],
        topics.ToDictionary(t => t.Name));

    [Fact]
    public void Range_gives_members_ranges_that_meet_across_topics()
    {
        var answer = new ServerRangeAssignor().Assign(Question(null, [Topic(0, 3), Topic(1, 3)], ("a", [0, 1]), ("b", [0, 1])));
        Assert.Equal([0, 1, 0, 1], answer["a"].Order().Select(p => p.Partition));
        Assert.Equal([2, 2], answer["b"].Order().Select(p => p.Partition));
    }

    [Fact]
    public void Uniform_keeps_what_members_have_when_one_comes()
    {
        TopicInfo[] topics = [Topic(0, 6)];
        var one = new ServerUniformAssignor().Assign(Question(null, topics, ("a", [0]), ("b", [0])));
        var two = new ServerUniformAssignor().Assign(Question(one, topics, ("a", [0]), ("b", [0]), ("c", [0])));
        Assert.All(["a", "b"], id => Assert.Subset(one[id], two[id]));
        Assert.All(two.Values, partitions => Assert.Equal(2, partitions.Count));
    }

    [Fact]
    public void Uniform_moves_partitions_to_a_member_that_reads_only_some_topics()
    {
        var current = new Dictionary<string, HashSet<TopicIdPartition>> { ["a"] = [.. Enumerable.Range(0, 4).Select(p => new TopicIdPartition(Topic(0, 4).Id, p))] };
        var answer = new ServerUniformAssignor().Assign(Question(current, [Topic(0, 4), Topic(1, 1)], ("a", [0, 1]), ("b", [0])));
        Assert.Equal((3, 2), (answer["a"].Count, answer["b"].Count));
    }

    [Fact]
    public void Every_assignor_gives_each_readable_partition_to_exactly_one_reader_and_uniform_evenly()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<(byte[] Topics, byte[] Members, int Seed)>(), input =>
        {
            var topics = input.Topics.Take(6).Select((partitions, i) => Topic(i, partitions % 9)).ToArray();
            var members = input.Members.Take(6).Select((mask, i) => ("m" + i, Enumerable.Range(0, topics.Length).Where(t => (mask >> t & 1) == 1).ToArray())).ToArray();
            foreach (var assignor in new IServerAssignor[] { new ServerUniformAssignor(), new ServerRangeAssignor() })
            {
                var first = assignor.Assign(Question(null, topics, members));
                var again = assignor.Assign(Question(first, topics, members));
                if (!IsSound(first, topics, members) || !IsSound(again, topics, members)) return false;
                if (members.Any(m => !first[m.Item1].SetEquals(again[m.Item1]))) return false;
            }
            return true;
        }).QuickCheckThrowOnFailure();

        static bool IsSound(Dictionary<string, HashSet<TopicIdPartition>> answer, TopicInfo[] topics, (string Id, int[] Topics)[] members)
        {
            var expected = topics.Where((_, t) => members.Any(m => m.Topics.Contains(t))).Sum(t => t.Partitions);
            return answer.Values.Sum(p => p.Count) == expected && answer.Values.SelectMany(p => p).Distinct().Count() == expected
                && members.All(m => answer[m.Id].All(p => m.Topics.Contains((int)p.Topic.Low - 1)));
        }
    }

    [Fact]
    public void Uniform_with_equal_subscriptions_differs_by_one_at_most_and_moves_no_more_than_it_must()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<(byte Partitions, byte Before, byte After)>(), input =>
        {
            TopicInfo[] topics = [Topic(0, input.Partitions)];
            var before = new ServerUniformAssignor().Assign(Question(null, topics, [.. Members(input.Before % 7 + 1)]));
            var after = new ServerUniformAssignor().Assign(Question(before, topics, [.. Members(input.After % 7 + 1)]));
            var most = after.Values.Max(p => p.Count);
            var moved = before.Sum(b => after.TryGetValue(b.Key, out var now) ? b.Value.Except(now).Count() : 0);
            var must = before.Sum(b => after.ContainsKey(b.Key) ? Math.Max(0, b.Value.Count - most) : 0);
            var slack = after.Count;
            return most - after.Values.Min(p => p.Count) <= 1 && moved <= must + slack;
        }).QuickCheckThrowOnFailure();

        static IEnumerable<(string, int[])> Members(int count) => Enumerable.Range(0, count).Select(i => ("m" + i, new[] { 0 }));
    }
}
