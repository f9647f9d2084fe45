using Ottla.Configuration.Changes;
using Ottla.Configuration.Effective;
using Ottla.Configuration.Sources;
using Ottla.Protocol.Primitives;

namespace Ottla.Configuration.Tests.Changes;

/// <summary>Codes and messages are those that Apache Kafka 4.4.0 answered to the same requests.</summary>
public sealed class ChangesTests
{
    private const ConfigOperation Set = ConfigOperation.Set;
    private const ConfigOperation Delete = ConfigOperation.Delete;
    private const ConfigOperation Append = ConfigOperation.Append;
    private const ConfigOperation Subtract = ConfigOperation.Subtract;

    private static readonly EffectiveConfig Config = new(StaticConfig.Of(("log.dirs", "/a,/b"), ("num.io.threads", "4")));

    [Theory]
    [InlineData("retention.ms", Set, "x", 40, "Invalid value x for configuration retention.ms: Not a number of type LONG")]
    [InlineData("retention.ms", Set, null, 42, "Null value not supported for : retention.ms")]
    [InlineData("foo", Set, "x", 40, "Unknown topic config name: foo")]
    [InlineData("", Set, "x", 40, "Unknown topic config name: ")]
    [InlineData("retention.ms", Append, "5", 40, "Can't APPEND to key retention.ms because its type is not LIST.")]
    [InlineData("foo", Subtract, "5", 40, "Can't SUBTRACT to key foo because its type is not LIST.")]
    [InlineData("cleanup.policy", Set, "foo", 40,
        "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete")]
    [InlineData("cleanup.policy", Set, "compact,", 40, "Configuration 'cleanup.policy' values must not be empty.")]
    [InlineData("min.compaction.lag.ms", Set, "9", 40,
        "conflict topic config setting min.compaction.lag.ms (9) > max.compaction.lag.ms (5)")]
    [InlineData("remote.storage.enable", Set, "true", 40,
        "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.")]
    [InlineData("segment.bytes", Set, "1", 40, "Invalid value 1 for configuration segment.bytes: Value must be at least 1048576")]
    public void A_bad_change_of_a_topic_is_refused(string name, ConfigOperation operation, string? value, short code, string message)
    {
        var current = new Dictionary<string, string> { ["max.compaction.lag.ms"] = "5" };
        Refused(TopicChanges.Apply(Config, current, [new(name, operation, value)]), code, message);
    }

    [Fact]
    public void A_list_that_outgrows_a_record_is_refused_and_the_one_before_it_stays()
    {
        const string name = "leader.replication.throttled.replicas";
        var first = string.Join(',', Enumerable.Range(0, 4000).Select(partition => $"0:{partition}"));
        var kept = TopicChanges.Apply(Config, EffectiveConfig.None, [new(name, Set, first)]);
        var second = string.Join(',', Enumerable.Range(0, 4000).Select(partition => $"1:{partition}"));
        var outcome = TopicChanges.Apply(Config, kept.Configs, [new(name, Append, second)]);
        Refused(outcome, 40, "The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes.");
        Assert.Equal(first, outcome.Configs[name]);
    }

    [Theory]
    [InlineData(32_767, 0)]
    [InlineData(32_768, 40)]
    public void A_value_is_as_long_as_a_record_can_hold_it_in_UTF8(int bytes, short code)
    {
        var name = "of.a.plug.in";
        var value = new string('\u00e9', bytes / 2) + new string('x', bytes % 2);
        Assert.Equal(code, (short)BrokerChanges.Apply(Config, false, EffectiveConfig.None, [new(name, Set, value)], false).Error);
        Assert.Equal(code, (short)BrokerChanges.Apply(Config, false, EffectiveConfig.None, [new(value, Set, "v")], false).Error);
    }

    [Fact]
    public void A_refusal_quotes_no_more_than_the_beginning_of_what_was_sent()
    {
        var longest = new string('x', 32_767);
        ChangeOutcome[] outcomes =
        [
            TopicChanges.Apply(Config, EffectiveConfig.None, [new("retention.ms", Set, longest)]),
            TopicChanges.Apply(Config, EffectiveConfig.None, [new(longest, Set, "1")]),
            TopicChanges.Apply(Config, EffectiveConfig.None, [new(longest, Append, "1")]),
            TopicChanges.Apply(Config, EffectiveConfig.None, [new(longest, Set, null)]),
            TopicChanges.ForNewTopic(Config, [new(longest, null)]),
            BrokerChanges.Apply(Config, false, EffectiveConfig.None, [new("num.io.threads", Set, longest)], false),
            BrokerChanges.Apply(Config, false, EffectiveConfig.None, [new($"listener.name.{longest[..30_000]}.log.dirs", Set, "/a")], false),
            GroupChanges.Apply(Config, EffectiveConfig.None, [new(longest, Set, "1")]),
            GroupChanges.Apply(Config, EffectiveConfig.None, [new("streams.assignor.name", Set, longest)]),
            ClientMetricsChanges.Apply(EffectiveConfig.None, [new(longest, Set, "1")]),
            ClientMetricsChanges.Apply(EffectiveConfig.None, [new("match", Set, longest)]),
        ];
        Assert.All(outcomes, outcome => Assert.True(outcome.IsRefused && outcome.Message!.Length < 5_000, outcome.Message));
    }

    [Fact]
    public void A_list_of_a_broker_names_each_item_once() =>
        Refused(
            BrokerChanges.Apply(Config, true, EffectiveConfig.None, [new("log.cleanup.policy", Set, "delete,delete")], false),
            42, "Configuration 'log.cleanup.policy' values must not be duplicated.");

    [Fact]
    public void Two_changes_of_one_name_are_refused() =>
        Refused(
            TopicChanges.Apply(Config, EffectiveConfig.None, [new("retention.ms", Set, "1"), new("retention.ms", Set, "2")]),
            42, "Error due to duplicate config keys");

    [Fact]
    public void A_refused_change_keeps_everything_even_what_was_good()
    {
        var current = new Dictionary<string, string> { ["retention.ms"] = "7" };
        var outcome = TopicChanges.Apply(Config, current, [new("retention.ms", Set, "1"), new("segment.ms", Set, "x")]);
        Assert.Equal("7", outcome.Configs["retention.ms"]);
        Assert.Empty(outcome.Delta);
    }

    [Fact]
    public void Items_are_appended_to_the_default_and_taken_from_what_is_set()
    {
        var appended = TopicChanges.Apply(Config, EffectiveConfig.None, [new("cleanup.policy", Append, "compact")]);
        Assert.Equal([new("cleanup.policy", "delete,compact")], appended.Delta);
        var same = TopicChanges.Apply(Config, appended.Configs, [new("cleanup.policy", Append, "compact,delete")]);
        Assert.Empty(same.Delta);
        var left = TopicChanges.Apply(Config, appended.Configs, [new("cleanup.policy", Subtract, "delete")]);
        Assert.Equal([new("cleanup.policy", "compact")], left.Delta);
        var none = TopicChanges.Apply(Config, left.Configs, [new("cleanup.policy", Subtract, "compact")]);
        Assert.Equal([new("cleanup.policy", "")], none.Delta);
        var gone = TopicChanges.Apply(Config, left.Configs, [new("cleanup.policy", Delete, null)]);
        Assert.Equal([new("cleanup.policy", null)], gone.Delta);
    }

    [Fact]
    public void Deleting_what_is_not_there_is_no_error_and_no_record() =>
        Accepted(TopicChanges.Apply(Config, EffectiveConfig.None, [new("foo", Delete, null), new("retention.ms", Delete, "5")]), []);

    [Fact]
    public void AlterConfigs_deletes_what_it_does_not_name()
    {
        var current = new Dictionary<string, string> { ["retention.ms"] = "7", ["segment.ms"] = "8" };
        var changes = ConfigChange.OfReplacement(current, [new("retention.ms", "7"), new("flush.ms", "1")]);
        Accepted(TopicChanges.Apply(Config, current, changes), [new("flush.ms", "1"), new("segment.ms", null)]);
    }

    [Theory]
    [InlineData("retention.ms", "abc", "Invalid value abc for configuration retention.ms: Not a number of type LONG")]
    [InlineData("no.such", "1", "Unknown topic config name: no.such")]
    [InlineData("retention.ms", null, "Null value not supported for topic configs: retention.ms")]
    public void A_new_topic_with_a_bad_config_is_refused(string name, string? value, string message) =>
        Refused(TopicChanges.ForNewTopic(Config, [new("segment.ms", "1"), new(name, value)]), 40, message);

    [Fact]
    public void A_new_topic_gets_what_its_creator_gives() =>
        Accepted(TopicChanges.ForNewTopic(Config, [new("retention.ms", "1"), new("cleanup.policy", "compact,delete")]),
            [new("retention.ms", "1"), new("cleanup.policy", "compact,delete")]);

    [Theory]
    [InlineData("log.dirs", Set, "x", 42, "Cannot update these configs dynamically: [log.dirs]")]
    [InlineData("log.retention.hours", Set, "1", 42, "Cannot update these configs dynamically: [log.retention.hours]")]
    [InlineData("log.cleaner.threads", Set, "many", 42,
        "Invalid value many for configuration log.cleaner.threads: Not a number of type INT")]
    [InlineData("log.cleaner.threads", Set, null, 42, "Null value not supported for : log.cleaner.threads")]
    [InlineData("log.cleaner.threads", Append, "1", 40, "Config value append is not allowed for config key: log.cleaner.threads")]
    [InlineData("no.list", Append, "x", 40, "Unknown config name: no.list")]
    [InlineData("num.io.threads", Set, "100", 42,
        "Dynamic thread count update validation failed for num.io.threads=100, value should not be greater than double the current "
        + "value 4")]
    [InlineData("num.io.threads", Set, "1", 42,
        "Dynamic thread count update validation failed for num.io.threads=1, value should be at least half the current value 4")]
    [InlineData("log.retention.ms", Set, "0", 42,
        "Invalid value 0 for configuration log.retention.ms: it must be -1 (no limit) or at least 1")]
    [InlineData("min.insync.replicas", Set, "2", 40, "Broker-level min.insync.replicas cannot be altered while ELR is enabled.")]
    [InlineData("min.insync.replicas", Delete, null, 40, "Broker-level min.insync.replicas cannot be altered while ELR is enabled.")]
    [InlineData("ssl.keystore.location", Set, "/x", 42,
        "These security configs can be dynamically updated only per-listener using the listener prefix: [ssl.keystore.location]")]
    [InlineData("leader.replication.throttled.rate", Set, "-5", 42,
        "Invalid value -5 for configuration leader.replication.throttled.rate: Value must be at least 0")]
    [InlineData("cordoned.log.dirs", Set, "/x", 42,
        "All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : /x")]
    [InlineData("listeners", Set, "PLAINTEXT://:1", 42,
        "listeners cannot be altered while the node runs; change the properties file and restart it.")]
    public void A_bad_change_of_a_broker_is_refused(string name, ConfigOperation operation, string? value, short code, string message) =>
        Refused(BrokerChanges.Apply(Config, false, EffectiveConfig.None, [new(name, operation, value)], isElrEnabled: true), code, message);

    [Theory]
    [InlineData("log.dirs", Set, "x", 42, "Cannot update these configs dynamically: [log.dirs]")]
    [InlineData("listeners", Set, "PLAINTEXT://:1", 42,
        "Cannot update these configs at default cluster level, broker id must be specified: [listeners]")]
    [InlineData("listener.name.plaintext.ssl.keystore.type", Set, "PKCS12", 42,
        "Cannot update these configs at default cluster level, broker id must be specified: [listener.name.plaintext.ssl.keystore.type]")]
    [InlineData("min.insync.replicas", Delete, null, 40, "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.")]
    [InlineData("min.insync.replicas", Set, "0", 42, "Invalid value 0 for configuration min.insync.replicas: Value must be at least 1")]
    public void A_bad_change_of_the_clusters_defaults_is_refused(
        string name, ConfigOperation operation, string? value, short code, string message) =>
        Refused(BrokerChanges.Apply(Config, true, EffectiveConfig.None, [new(name, operation, value)], isElrEnabled: true), code, message);

    [Theory]
    [InlineData("no.such", Set, "1", "1")]
    [InlineData("num.io.threads", Set, "8", "8")]
    [InlineData("num.io.threads", Set, "2", "2")]
    [InlineData("message.max.bytes", Set, " 2000 ", " 2000 ")]
    [InlineData("log.cleanup.policy", Append, "compact", "delete,compact")]
    [InlineData("listener.name.plaintext.ssl.keystore.type", Set, "PKCS12", "PKCS12")]
    [InlineData("cordoned.log.dirs", Set, "*", "*")]
    [InlineData("cordoned.log.dirs", Set, "/b", "/b")]
    [InlineData("sasl.jaas.config", Set, "secret", "secret")]
    public void A_good_change_of_a_broker_is_recorded_as_it_was_written(
        string name, ConfigOperation operation, string value, string recorded) =>
        Accepted(
            BrokerChanges.Apply(Config, false, EffectiveConfig.None, [new(name, operation, value)], isElrEnabled: true),
            [new(name, recorded)]);

    [Fact]
    public void Without_ELR_a_broker_may_have_its_own_min_insync_replicas() =>
        Accepted(
            BrokerChanges.Apply(Config, false, EffectiveConfig.None, [new("min.insync.replicas", Set, "2")], isElrEnabled: false),
            [new("min.insync.replicas", "2")]);

    [Fact]
    public void The_controller_records_min_insync_replicas_once()
    {
        Assert.Equal("1", MinInsyncReplicas.ClusterDefaultToRecord(Config));
        Assert.Equal("2", MinInsyncReplicas.ClusterDefaultToRecord(new(StaticConfig.Of(("min.insync.replicas", "2")))));
        var recorded = new Dictionary<string, string> { ["min.insync.replicas"] = "3" };
        Assert.Null(MinInsyncReplicas.ClusterDefaultToRecord(Config.With(recorded, EffectiveConfig.None)));
    }

    [Theory]
    [InlineData("consumer.session.timeout.ms", Set, "1", "consumer.session.timeout.ms must be in the range 45000 to 60000 inclusive.")]
    [InlineData("consumer.session.timeout.ms", Set, "x",
        "Invalid value x for configuration consumer.session.timeout.ms: Not a number of type INT")]
    [InlineData("consumer.heartbeat.interval.ms", Set, "100",
        "consumer.heartbeat.interval.ms must be in the range 5000 to 15000 inclusive.")]
    [InlineData("share.record.lock.duration.ms", Set, "1000",
        "share.record.lock.duration.ms must be in the range 15000 to 60000 inclusive.")]
    [InlineData("share.delivery.count.limit", Set, "99", "share.delivery.count.limit must be in the range 2 to 10 inclusive.")]
    [InlineData("streams.num.standby.replicas", Set, "9", "streams.num.standby.replicas must be less than or equal to 2")]
    [InlineData("no.such.config", Set, "1", "Unknown group config name: no.such.config")]
    [InlineData("streams.assignor.name", Set, "x",
        "streams.assignor.name 'x' is not a registered task assignor. Registered assignors are: [sticky].")]
    [InlineData("streams.rack.aware.assignment.tags", Append, "a",
        "Can't APPEND to key streams.rack.aware.assignment.tags because its type is not LIST.")]
    [InlineData("errors.deadletterqueue.topic.name", Set, "__x",
        "errors.deadletterqueue.topic.name: DLQ topic name must not start with '__'")]
    [InlineData("consumer.assignment.interval.ms", Set, "99999",
        "consumer.assignment.interval.ms must be in the range 0 to 15000 inclusive.")]
    public void A_bad_change_of_a_group_is_refused(string name, ConfigOperation operation, string value, string message) =>
        Refused(GroupChanges.Apply(Config, EffectiveConfig.None, [new(name, operation, value)]), 40, message);

    [Theory]
    [InlineData("consumer.session.timeout.ms", "50000")]
    [InlineData("share.auto.offset.reset", "by_duration:PT1H")]
    [InlineData("streams.assignor.name", "sticky")]
    public void A_good_change_of_a_group_is_recorded(string name, string value) =>
        Accepted(GroupChanges.Apply(Config, EffectiveConfig.None, [new(name, Set, value)]), [new(name, value)]);

    [Theory]
    [InlineData("interval.ms", "1", 42, "Invalid value 1 for interval.ms, interval must be between 100 and 3600000 (1 hour)")]
    [InlineData("interval.ms", "x", 40, "Invalid value x for configuration interval.ms: Not a number of type INT")]
    [InlineData("match", "no_such=1", 40, "Illegal client matching pattern: no_such=1")]
    [InlineData("match", "client_id=[", 40, "Illegal client matching pattern: client_id=[")]
    [InlineData("match", "client_id=(?#c)a", 40, "Illegal client matching pattern: client_id=(?#c)a")]
    [InlineData("match", "client_id", 40, "Illegal client matching pattern: client_id")]
    [InlineData("no.such", "1", 42, "Unknown client metrics configuration: no.such")]
    public void A_bad_subscription_to_client_metrics_is_refused(string name, string value, short code, string message) =>
        Refused(ClientMetricsChanges.Apply(EffectiveConfig.None, [new(name, Set, value)]), code, message);

    [Theory]
    [InlineData("interval.ms", "100")]
    [InlineData("match", "client_id=app.*,client_source_port=x")]
    [InlineData("match", "client_id=\\Qa.b\\E,client_software_name=[a-z&&[^b]]++")]
    [InlineData("match", "")]
    [InlineData("metrics", "org.apache.kafka.producer.,b")]
    public void A_good_subscription_to_client_metrics_is_recorded(string name, string value) =>
        Accepted(ClientMetricsChanges.Apply(EffectiveConfig.None, [new(name, Set, value)]), [new(name, value)]);

    [Theory]
    [InlineData(4, "9", "Unexpected broker id, expected 1, but received 9")]
    [InlineData(4, "abc", "Node id must be an integer, but it is: abc")]
    [InlineData(9, "u", "Unknown resource type 9")]
    [InlineData(2, "", "Default topic resources are not allowed.")]
    [InlineData(32, "", "Default group resources are not allowed.")]
    [InlineData(16, "", "Subscription name can't be empty")]
    [InlineData(8, "9", "Unexpected node id. Expected 1, but received 9")]
    public void A_resource_that_the_node_may_not_alter_is_refused(sbyte type, string name, string message) =>
        Assert.Equal(new(ErrorCode.InvalidRequest, message), ResourceNames.RefuseAlter((ConfigResourceType)type, name, new(1)));

    [Theory]
    [InlineData(4, "9", "Unexpected broker id, expected 1 or empty string, but received 9")]
    [InlineData(4, "abc", "Broker id must be an integer, but it is: abc")]
    [InlineData(32, "", "Group name must not be empty")]
    [InlineData(16, "", "Client metrics subscription name must not be empty")]
    [InlineData(8, "", "Broker id must not be empty")]
    [InlineData(8, "2", "Unexpected broker id, expected 1 but received 2")]
    [InlineData(9, "1", "Unsupported resource type: 9")]
    public void A_resource_that_the_node_cannot_describe_is_refused(sbyte type, string name, string message) =>
        Assert.Equal(new(ErrorCode.InvalidRequest, message), ResourceNames.RefuseDescribe((ConfigResourceType)type, name, new(1)));

    [Theory]
    [InlineData(4, "1")]
    [InlineData(4, "")]
    [InlineData(2, "u")]
    public void A_resource_of_the_node_and_its_cluster_is_let_through(sbyte type, string name)
    {
        Assert.Null(ResourceNames.RefuseAlter((ConfigResourceType)type, name, new(1)));
        Assert.Null(ResourceNames.RefuseDescribe((ConfigResourceType)type, name, new(1)));
    }

    private static void Refused(ChangeOutcome outcome, short code, string message)
    {
        Assert.Equal((code, message), ((short)outcome.Error, outcome.Message));
        Assert.Empty(outcome.Delta);
    }

    private static void Accepted(ChangeOutcome outcome, KeyValuePair<string, string?>[] delta)
    {
        Assert.Equal((ErrorCode.None, null), (outcome.Error, outcome.Message));
        Assert.Equal(delta, outcome.Delta);
    }
}
