using System.Text;
using Ottla.Log.Checkpoints;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Tests.Checkpoints;

public sealed class PartitionFilesTests
{
    [Fact]
    public void Leader_epochs_are_written_as_Kafka_writes_them_and_read_back()
    {
        EpochStart[] epochs = [new(new(1), new(0)), new(new(2), new(275))];
        var bytes = LeaderEpochCheckpoint.Format(epochs);
        Assert.Equal("0\n2\n1 0\n2 275\n", Encoding.UTF8.GetString(bytes));
        Assert.True(LeaderEpochCheckpoint.TryParse(bytes, out var read, out _));
        Assert.Equal(epochs, read);
    }

    [Theory]
    [InlineData("0\n1\n-1 0\n", "line 3 is not an entry")]
    [InlineData("0\n1\n1\n", "line 3 is not an entry")]
    [InlineData("0\n2\n1 0\n", "2 entries are promised, 1 are there")]
    public void Leader_epochs_that_do_not_fit_are_refused(string text, string expected)
    {
        Assert.False(LeaderEpochCheckpoint.TryParse(Encoding.UTF8.GetBytes(text), out _, out var problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void The_topic_id_is_written_as_Kafka_writes_it_and_read_back()
    {
        const string text = "version: 0\ntopic_id: Q8zhTvGkTJeeyw16q415qQ";
        Assert.True(PartitionMetadataFile.TryParse(Encoding.UTF8.GetBytes(text), out var id, out _));
        Assert.Equal("Q8zhTvGkTJeeyw16q415qQ", id.ToString());
        Assert.Equal(text, Encoding.UTF8.GetString(PartitionMetadataFile.Format(id)));
    }

    [Theory]
    [InlineData("", "two lines are expected")]
    [InlineData("version: 0", "two lines are expected")]
    [InlineData("version: 1\ntopic_id: Q8zhTvGkTJeeyw16q415qQ", "the first line is not 'version: 0'")]
    [InlineData("version: 0\ntopic_id: Q8zhTvGkTJeeyw16", "the second line is not 'topic_id: ' with an id")]
    [InlineData("version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAA", "the topic id is zero")]
    public void A_file_without_a_topic_id_is_refused(string text, string expected)
    {
        Assert.False(PartitionMetadataFile.TryParse(Encoding.UTF8.GetBytes(text), out _, out var problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void The_mark_of_a_clean_stop_carries_the_brokers_epoch()
    {
        var bytes = CleanShutdownFile.Format(new BrokerEpoch(150));
        Assert.Equal("{\"version\":0,\"brokerEpoch\":150}", Encoding.UTF8.GetString(bytes));
        Assert.Equal(new BrokerEpoch(150), CleanShutdownFile.Parse(bytes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"version\":0}")]
    [InlineData("{\"version\":0,\"brokerEpoch\":\"7\"}")]
    [InlineData("{\"version\":0,\"brokerEpoch\":-1}")]
    public void A_mark_without_an_epoch_is_read_as_one_with_none(string text) =>
        Assert.Equal(BrokerEpoch.None, CleanShutdownFile.Parse(Encoding.UTF8.GetBytes(text)));
}
