using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Ottla.Log.Checkpoints;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Tests.Checkpoints;

public sealed class OffsetCheckpointTests
{
    [Fact]
    public void A_file_is_written_as_Kafka_writes_it()
    {
        var bytes = OffsetCheckpoint.Format([new(new("orders", 1), new(28)), new(new("__consumer_offsets", 0), new(18))]);
        Assert.Equal("0\n2\norders 1 28\n__consumer_offsets 0 18\n", Encoding.UTF8.GetString(bytes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0\n0\n")]
    public void A_file_without_entries_is_no_problem(string text)
    {
        Assert.True(OffsetCheckpoint.TryParse(Encoding.UTF8.GetBytes(text), out var entries, out var problem));
        Assert.Empty(entries);
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("1\n0\n", "the first line is not the version 0")]
    [InlineData("0", "the first line is not the version 0")]
    [InlineData("0\n", "the second line is not the number of entries")]
    [InlineData("0\n0", "the second line is not the number of entries")]
    [InlineData("0\n1\norders 1 28", "line 3 has no end: the file was cut")]
    [InlineData("0\n2\norders 1 28\norders 2 2", "line 4 has no end: the file was cut")]
    [InlineData("0\n-1\n", "the second line is not the number of entries")]
    [InlineData("0\n2000000000\n", "the second line is not the number of entries")]
    [InlineData("0\n2\norders 1 28\n", "2 entries are promised, 1 are there")]
    [InlineData("0\n1\norders 1 28\norders 2 3\n", "there is more after the 1 entries promised")]
    [InlineData("0\n1\norders x 28\n", "line 3 is not an entry")]
    [InlineData("0\n1\norders 1 -28\n", "line 3 is not an entry")]
    [InlineData("0\n1\norders 1 28 9\n", "line 3 is not an entry")]
    [InlineData("0\n1\norders 3000000000 28\n", "line 3 is not an entry")]
    [InlineData("0\n1\norders 1 99999999999999999999\n", "line 3 is not an entry")]
    public void What_does_not_fit_is_named(string text, string expected)
    {
        Assert.False(OffsetCheckpoint.TryParse(Encoding.UTF8.GetBytes(text), out _, out var problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void Any_entries_read_back_as_they_were_written() => Prop.ForAll(
        ArbMap.Default.ArbFor<Tuple<NonNegativeInt, NonNegativeInt>[]>(),
        pairs =>
        {
            var written = pairs.Select((pair, i) => KeyValuePair.Create(new TopicPartition($"t.{i}_x-", pair.Item1.Get), new Offset(pair.Item2.Get))).ToDictionary();
            return OffsetCheckpoint.TryParse(OffsetCheckpoint.Format(written), out var read, out _) && read.Count == written.Count && !read.Except(written).Any();
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_are_read_or_refused_without_an_exception() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        bytes => OffsetCheckpoint.TryParse([.. "0\n"u8, .. bytes], out _, out var problem) == (problem is null)).QuickCheckThrowOnFailure();
}
