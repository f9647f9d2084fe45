using FsCheck;
using FsCheck.Fluent;
using Ottla.Metadata.Image;

namespace Ottla.Metadata.Tests.Image;

public sealed class PersistentMapTests
{
    [Fact]
    public void Any_changes_leave_what_a_dictionary_would_hold() => Prop.ForAll(Changes(), changes =>
    {
        var map = PersistentMap<Key, string>.Empty;
        var model = new Dictionary<int, string>();
        foreach (var (isRemoval, key, value) in changes)
        {
            map = isRemoval ? map.Remove(new Key(key)) : map.SetItem(new Key(key), value);
            if (isRemoval) model.Remove(key);
            else model[key] = value;
        }

        Assert.Equal(model.Count, map.Count);
        Assert.Equal(model.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)), map.OrderBy(entry => entry.Key.Id).Select(entry => (entry.Key.Id, entry.Value)));
        for (var key = 0; key < 80; key++) Assert.Equal(model.GetValueOrDefault(key), map.GetValueOrDefault(new Key(key)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_change_leaves_the_map_before_as_it_was() => Prop.ForAll(Changes(), changes =>
    {
        var maps = new List<(PersistentMap<Key, string> Map, string Told)> { (PersistentMap<Key, string>.Empty, "") };
        foreach (var (isRemoval, key, value) in changes)
        {
            var next = isRemoval ? maps[^1].Map.Remove(new Key(key)) : maps[^1].Map.SetItem(new Key(key), value);
            maps.Add((next, Tell(next)));
        }

        Assert.All(maps, pair => Assert.Equal(pair.Told, Tell(pair.Map)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Thousands_of_keys_are_found_again()
    {
        var map = PersistentMap<string, string>.Empty;
        for (var i = 0; i < 20_000; i++) map = map.SetItem($"topic-{i}", $"{i}");
        Assert.Equal(20_000, map.Count);
        for (var i = 0; i < 20_000; i++) Assert.Equal($"{i}", map[$"topic-{i}"]);
        for (var i = 0; i < 20_000; i++) map = map.Remove($"topic-{i}");
        Assert.True(map.IsEmpty);
        Assert.Empty(map.Values);
    }

    [Fact]
    public void Nodes_stand_in_the_order_of_their_numbers()
    {
        var table = NodeTable<string>.Empty.SetItem(3, "c").SetItem(1, "a").SetItem(2, "x").SetItem(2, "b");
        Assert.Equal([1, 2, 3], table.Keys);
        Assert.Equal(["a", "b", "c"], table.Values);
        Assert.Equal(["a", "c"], table.Remove(2).Remove(9).Values);
        Assert.Equal(("b", null), (table[2], table.GetValueOrDefault(7)));
    }

    private static string Tell(PersistentMap<Key, string> map) => string.Join(',', map.Select(entry => $"{entry.Key.Id}={entry.Value}").Order(StringComparer.Ordinal));

    private static Arbitrary<(bool IsRemoval, int Key, string Value)[]> Changes() => Gen.Choose(0, 2)
        .SelectMany(kind => Gen.Choose(0, 79), (kind, key) => (kind == 0, key))
        .SelectMany(pair => Gen.Choose(0, 9), (pair, value) => (pair.Item1, pair.key, $"{value}"))
        .ArrayOf().ToArbitrary();

    /// <summary>Four keys share each hash, and many of those share their low bits.</summary>
    private readonly record struct Key(int Id)
    {
        public bool Equals(Key other) => Id == other.Id;

        public override int GetHashCode() => Id / 4 << 20;
    }
}
