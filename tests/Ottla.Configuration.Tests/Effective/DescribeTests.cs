using Ottla.Configuration.Definitions;
using Ottla.Configuration.Effective;
using Ottla.Configuration.Sources;

namespace Ottla.Configuration.Tests.Effective;

public sealed class DescribeTests
{
    private static readonly Dictionary<string, string> OfBroker = new()
    {
        ["log.roll.ms"] = "5",
        ["log.flush.interval.ms"] = "8",
        ["message.max.bytes"] = " 2000 ",
        ["leader.replication.throttled.rate"] = "5",
        ["listener.name.plaintext.ssl.keystore.type"] = "PKCS12",
        ["listener.name.plaintext.max.connections"] = "9",
        ["num.io.threads"] = "2",
        ["unclean.leader.election.enable"] = "true",
        ["sasl.jaas.config"] = "secret",
    };

    private static readonly Dictionary<string, string> OfCluster = new()
    {
        ["no.such"] = "1",
        ["min.insync.replicas"] = "2",
        ["message.max.bytes"] = "3000",
        ["log.retention.ms"] = "900000",
        ["log.roll.ms"] = "900000",
    };

    [Fact]
    public void A_broker_is_described_as_Kafka_describes_it()
    {
        var entries = GoldenDescriptions.Start().DescribeBroker();
        Assert.Equal(GoldenDescriptions.BrokerEntries, entries.Count);
        Assert.Equal(GoldenDescriptions.WithoutValue, entries.Count(entry => entry is { Value: null, Source: ConfigSource.Default }));
        Assert.Equal(GoldenDescriptions.PlainDefaults, entries.Count(IsPlainDefault));
        var odd = entries.Where(entry => !IsPlainDefault(entry) && !IsEmptySecurity(entry));
        Assert.Equal(GoldenDescriptions.Broker, GoldenDescriptions.Render(odd));
    }

    [Fact]
    public void A_topic_without_configs_is_described_by_what_it_falls_back_to()
    {
        var entries = GoldenDescriptions.Start().DescribeTopic(EffectiveConfig.None);
        Assert.Equal(GoldenDescriptions.TopicWithoutConfigs, GoldenDescriptions.Render(entries));
    }

    [Fact]
    public void A_topic_shows_its_own_configs_in_their_plain_spelling()
    {
        var ofTopic = new Dictionary<string, string>
        {
            ["internal.segment.bytes"] = "100",
            ["errors.deadletterqueue.group.enable"] = "true",
            ["leader.replication.throttled.replicas"] = "0:1,0:1",
            ["min.insync.replicas"] = " 1 ",
            ["remote.log.copy.disable"] = "true",
            ["local.retention.ms"] = "5",
            ["cleanup.policy"] = "compact , delete",
            ["max.compaction.lag.ms"] = "5",
            ["local.retention.bytes"] = "5",
            ["index.interval.bytes"] = "+7",
            ["min.cleanable.dirty.ratio"] = ".5",
            ["retention.bytes"] = "-7",
        };
        var own = GoldenDescriptions.Start().DescribeTopic(ofTopic).Where(entry => entry.Source == ConfigSource.DynamicTopic);
        Assert.Equal(GoldenDescriptions.TopicWithConfigs, GoldenDescriptions.Render(own));
    }

    [Fact]
    public void A_group_is_described_by_what_it_falls_back_to() =>
        Assert.Equal(GoldenDescriptions.Group, GoldenDescriptions.Render(GoldenDescriptions.Start().DescribeGroup(EffectiveConfig.None)));

    [Fact]
    public void Dynamic_configs_of_the_broker_stand_above_its_file()
    {
        var config = GoldenDescriptions.Start().With(EffectiveConfig.None, OfBroker);
        var ofBroker = config.DescribeBroker(NamesIn(GoldenDescriptions.BrokerWithDynamic));
        Assert.Equal(GoldenDescriptions.BrokerWithDynamic, GoldenDescriptions.Render(ofBroker));
        var ofTopic = config.DescribeTopic(EffectiveConfig.None, NamesIn(GoldenDescriptions.TopicUnderDynamic));
        Assert.Equal(GoldenDescriptions.TopicUnderDynamic, GoldenDescriptions.Render(ofTopic));
    }

    [Fact]
    public void Dynamic_defaults_of_the_cluster_stand_between_the_brokers_own_and_its_file()
    {
        var config = GoldenDescriptions.Start().With(OfCluster, OfBroker);
        var ofBroker = config.DescribeBroker(NamesIn(GoldenDescriptions.BrokerWithBoth));
        Assert.Equal(GoldenDescriptions.BrokerWithBoth, GoldenDescriptions.Render(ofBroker));
        var ofTopic = config.DescribeTopic(EffectiveConfig.None, NamesIn(GoldenDescriptions.TopicUnderBoth));
        Assert.Equal(GoldenDescriptions.TopicUnderBoth, GoldenDescriptions.Render(ofTopic));
    }

    [Fact]
    public void The_clusters_defaults_are_described_by_what_is_set_alone()
    {
        var config = GoldenDescriptions.Start().With(OfCluster, OfBroker);
        const string expected = """
            log.retention.ms 900000 cluster < cluster=900000
            log.roll.ms 900000 cluster < cluster=900000
            message.max.bytes 3000 cluster < cluster=3000
            min.insync.replicas 2 cluster < cluster=2
            no.such - cluster fixed secret < cluster=-
            """;
        Assert.Equal(expected, GoldenDescriptions.Render(config.DescribeClusterDefaults()));
    }

    [Fact]
    public void A_subscription_to_client_metrics_has_defaults_without_synonyms()
    {
        const string expected = """
            interval.ms 300000 default
            match a=b subscription < subscription=a=b
            metrics  default
            """;
        var entries = EffectiveConfig.DescribeClientMetrics(new Dictionary<string, string> { ["match"] = "a=b" });
        Assert.Equal(expected, GoldenDescriptions.Render(entries));
    }

    [Fact]
    public void Names_that_were_not_asked_for_and_names_that_nobody_knows_are_left_out()
    {
        var entries = GoldenDescriptions.Start().DescribeTopic(EffectiveConfig.None, ["no.such", "retention.ms"]);
        Assert.Equal("retention.ms", Assert.Single(entries).Name);
        Assert.Equal(ConfigType.Long, entries[0].Type);
        Assert.Equal("360000000", entries[0].Value);
    }

    [Fact]
    public void A_password_never_shows()
    {
        var config = new EffectiveConfig(StaticConfig.Of(("ssl.keystore.password", "wonder")));
        var entry = Assert.Single(config.DescribeBroker(["ssl.keystore.password"]));
        Assert.Null(entry.Value);
        Assert.True(entry.IsSensitive);
        Assert.Null(Assert.Single(entry.Synonyms).Value);
    }

    [Fact]
    public void A_dynamic_value_that_its_config_does_not_accept_is_passed_over()
    {
        var config = GoldenDescriptions.Start().With(new Dictionary<string, string> { ["message.max.bytes"] = "7000" }, OfBadBroker());
        Assert.Equal(7000, config.ValueOf("message.max.bytes").AsInt());
    }

    [Fact]
    public void Every_config_says_what_it_does()
    {
        string[] names = ["retention.ms", "errors.deadletterqueue.group.enable"];
        var entries = GoldenDescriptions.Start().DescribeTopic(EffectiveConfig.None, names);
        Assert.Equal("Whether the topic may be the dead letter queue of groups.", entries[0].Documentation);
        Assert.Contains("forever", entries[1].Documentation);
    }

    private static Dictionary<string, string> OfBadBroker() => new() { ["message.max.bytes"] = "many" };

    private static string[] NamesIn(string table) => [.. table.Split('\n').Select(line => line.Split(' ')[0])];

    private static bool IsPlainDefault(ConfigEntry entry) =>
        entry is { Value: not null, Source: ConfigSource.Default, Synonyms: [var one] }
        && one == new ConfigSynonym(entry.Name, entry.Value, ConfigSource.Default);

    private static bool IsEmptySecurity(ConfigEntry entry) =>
        entry.Value is null && entry.Source == ConfigSource.Default
        && (entry.Name.StartsWith("sasl.", StringComparison.Ordinal) || entry.Name.StartsWith("ssl.", StringComparison.Ordinal));
}
