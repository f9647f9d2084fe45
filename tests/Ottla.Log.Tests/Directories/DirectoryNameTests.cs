using Ottla.Log.Directories;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Tests.Directories;

public sealed class DirectoryNameTests
{
    [Theory]
    [InlineData("orders-0", "orders", 0, DirectoryKind.Current)]
    [InlineData("or-de.rs-12", "or-de.rs", 12, DirectoryKind.Current)]
    [InlineData("__consumer_offsets-49", "__consumer_offsets", 49, DirectoryKind.Current)]
    [InlineData("orders-3.0123456789abcdef0123456789abcdef-delete", "orders", 3, DirectoryKind.Deleted)]
    [InlineData("or.ders-3.0123456789abcdef0123456789abcdef-stray", "or.ders", 3, DirectoryKind.Stray)]
    [InlineData("orders-3.0123456789abcdef0123456789abcdef-future", "orders", 3, DirectoryKind.Future)]
    public void A_name_says_which_partition_and_what_for(string name, string topic, int partition, DirectoryKind kind)
    {
        Assert.True(DirectoryName.TryParse(name, out var parsed));
        Assert.Equal(new DirectoryName(new(topic, partition), kind), parsed);
    }

    [Theory]
    [InlineData("lost+found")]
    [InlineData("orders")]
    [InlineData("orders-")]
    [InlineData("orders-x")]
    [InlineData("-0")]
    [InlineData("orders-delete")]
    [InlineData("orders-0.-delete")]
    [InlineData("orders--1x")]
    [InlineData("remote-log-index-cache")]
    public void A_name_of_another_form_is_no_partitions(string name) => Assert.False(DirectoryName.TryParse(name, out _));

    [Theory]
    [InlineData(DirectoryKind.Deleted)]
    [InlineData(DirectoryKind.Future)]
    [InlineData(DirectoryKind.Stray)]
    public void The_longest_topic_fits_into_a_file_systems_name(DirectoryKind kind)
    {
        var partition = new TopicPartition(new string('t', 249), 123_456);
        var name = DirectoryName.Format(partition, kind, new Random(1));
        Assert.Equal(DirectoryName.NameBytesMax, name.Length);
        Assert.True(DirectoryName.TryParse(name, out var parsed));
        Assert.True(parsed.Value.IsCut);
        Assert.StartsWith(parsed.Value.Partition.Topic, partition.Topic);
        Assert.Equal((partition.Partition, kind), (parsed.Value.Partition.Partition, parsed.Value.Kind));
    }

    [Fact]
    public void Two_names_for_the_same_partition_differ()
    {
        var random = new Random(1);
        var partition = new TopicPartition("orders", 0);
        Assert.NotEqual(DirectoryName.Format(partition, DirectoryKind.Deleted, random), DirectoryName.Format(partition, DirectoryKind.Deleted, random));
    }
}
