using Ottla.Broker.Replication;
using Ottla.Configuration.Settings;
using Ottla.Configuration.Sources;
using Ottla.Protocol.Batches;

namespace Ottla.Broker.Tests.Replication;

public sealed class TopicPolicyTests
{
    private const int DayMs = 86_400_000;

    [Fact]
    public void A_topic_without_configs_leaves_batches_as_producers_sent_them()
    {
        var policy = Policy([]);
        Assert.Null(policy.Recompress);
        Assert.False(policy.IsCompactedOnly);
        Assert.False(policy.Rules.KeysRequired);
        Assert.Equal(TimestampType.CreateTime, policy.Rules.TimestampType);
        Assert.Equal(1_048_588, policy.Rules.MessageBytesMax);
        Assert.Equal(DayMs, policy.Log.ProducerIdExpirationMs);
    }

    [Theory]
    [InlineData("uncompressed", CompressionType.None, -1)]
    [InlineData("gzip", CompressionType.Gzip, 3)]
    [InlineData("snappy", CompressionType.Snappy, -1)]
    [InlineData("lz4", CompressionType.Lz4, 4)]
    [InlineData("zstd", CompressionType.Zstd, 5)]
    public void A_topics_codec_comes_with_its_level(string name, CompressionType codec, int level)
    {
        var policy = Policy(new()
        {
            ["compression.type"] = name, ["compression.gzip.level"] = "3", ["compression.lz4.level"] = "4", ["compression.zstd.level"] = "5",
        });
        Assert.Equal((codec, level), (policy.Recompress, policy.CompressionLevel));
    }

    [Theory]
    [InlineData("delete", false, false)]
    [InlineData("compact", true, true)]
    [InlineData("compact,delete", true, false)]
    public void Compacted_topics_want_keys_and_only_those_that_never_delete_refuse_deletions(string cleanup, bool wantsKeys, bool isCompactedOnly)
    {
        var policy = Policy(new() { ["cleanup.policy"] = cleanup });
        Assert.Equal((wantsKeys, isCompactedOnly), (policy.Rules.KeysRequired, policy.IsCompactedOnly));
    }

    [Fact]
    public void The_time_of_the_append_is_taken_where_the_topic_says_so() =>
        Assert.Equal(TimestampType.LogAppendTime, Policy(new() { ["message.timestamp.type"] = "LogAppendTime" }).Rules.TimestampType);

    private static TopicPolicy Policy(Dictionary<string, string> configs)
    {
        var loaded = BrokerSettings.Load(StaticConfig.Of(
            ("process.roles", "broker,controller"), ("node.id", "1"), ("listeners", "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0"),
            ("controller.listener.names", "CONTROLLER"), ("controller.quorum.voters", "1@127.0.0.1:9"), ("log.dirs", "/data")));
        return new TopicPolicy(loaded.Settings!.ForTopic(configs), DayMs);
    }
}
