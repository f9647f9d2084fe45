using Ottla.Configuration.Effective;
using Ottla.Configuration.Sources;

namespace Ottla.Configuration.Tests.Effective;

/// <summary>
/// What Apache Kafka 4.4.0 answered to DescribeConfigs, line by line: name, value (- is none), source, marks, and after &lt; the synonyms,
/// the strongest first, as SOURCE=VALUE or SOURCE:OTHER.NAME=VALUE.
/// </summary>
internal static class GoldenDescriptions
{
    /// <summary>The properties file of the broker that was asked.</summary>
    public const string File = """
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@h:9093
        controller.listener.names=CONTROLLER
        listeners=PLAINTEXT://h:9092,CONTROLLER://h:9093
        advertised.listeners=PLAINTEXT://h:9092
        log.dirs=/data
        offsets.topic.replication.factor=1
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        share.coordinator.state.topic.replication.factor=1
        share.coordinator.state.topic.min.isr=1
        group.initial.rebalance.delay.ms=0
        group.consumer.session.timeout.ms=46000
        log.retention.hours=100
        log.roll.jitter.hours=2
        log.flush.scheduler.interval.ms=777777
        num.io.threads=4
        no.such.static=hello
        internal.metadata.delete.delay.millis=70000
        log.cleaner.min.cleanable.ratio=0.25
        compression.type=gzip
        group.streams.assignors= sticky
        listener.name.plaintext.ssl.client.auth=none
        """;

    /// <summary>How many entries a broker's description has, how many of them have no value, and how many say `default` of a
    /// default.</summary>
    public const int BrokerEntries = 353, WithoutValue = 53, PlainDefaults = 274;

    /// <summary>The entries of the broker that are no plain defaults; of the many empty ones of TLS and SASL some.</summary>
    public const string Broker = """
        advertised.listeners PLAINTEXT://h:9092 static fixed < static=PLAINTEXT://h:9092
        alter.config.policy.class.name - default fixed
        broker.id 1 static fixed < static=1 default=-1
        broker.rack - default fixed
        client.quota.callback.class - default fixed
        compression.type gzip static < static=gzip default=producer
        controller.listener.names CONTROLLER static fixed < static=CONTROLLER
        controller.quorum.voters 1@h:9093 static fixed < static=1@h:9093 default=
        create.topic.policy.class.name - default fixed
        delegation.token.secret.key - default fixed secret
        early.start.listeners - default fixed
        group.consumer.session.timeout.ms 46000 static fixed < static=46000 default=45000
        group.initial.rebalance.delay.ms 0 static fixed < static=0 default=3000
        group.streams.assignors sticky static fixed < static=sticky default=sticky
        group.streams.topology.description.plugin.class - default fixed
        inter.broker.listener.name - default fixed
        internal.metadata.delete.delay.millis 70000 static fixed < static=70000 default=60000
        listener.name.plaintext.ssl.client.auth none static fixed < static=none default:ssl.client.auth=none
        listeners PLAINTEXT://h:9092,CONTROLLER://h:9093 static < static=PLAINTEXT://h:9092,CONTROLLER://h:9093 default=PLAINTEXT://:9092
        log.cleaner.min.cleanable.ratio 0.25 static < static=0.25 default=0.5
        log.dirs /data static fixed < static=/data
        log.flush.interval.ms - default
        log.flush.scheduler.interval.ms 777777 static fixed < static=777777 default=9223372036854775807
        log.retention.hours 100 static fixed < static=100 default=168
        log.retention.minutes - default fixed
        log.retention.ms - default
        log.roll.jitter.hours 2 static fixed < static=2 default=0
        log.roll.jitter.ms - default
        log.roll.ms - default
        metadata.log.dir - default fixed
        min.insync.replicas 1 cluster < cluster=1 default=1
        no.such.static - static fixed secret < static=-
        node.id 1 static fixed < static=1
        num.io.threads 4 static < static=4 default=8
        num.replica.alter.log.dirs.threads - default fixed
        offsets.topic.replication.factor 1 static fixed < static=1 default=3
        process.roles broker,controller static fixed < static=broker,controller
        remote.log.metadata.manager.class.path - default fixed
        remote.log.metadata.manager.listener.name - default fixed
        remote.log.storage.manager.class.name - default fixed
        remote.log.storage.manager.class.path - default fixed
        replica.selector.class - default fixed
        security.providers - default fixed
        share.coordinator.state.topic.min.isr 1 static fixed < static=1 default=2
        share.coordinator.state.topic.replication.factor 1 static fixed < static=1 default=3
        transaction.state.log.min.isr 1 static fixed < static=1 default=2
        transaction.state.log.replication.factor 1 static fixed < static=1 default=3
        """;

    public const string TopicWithoutConfigs = """
        cleanup.policy delete default < default:log.cleanup.policy=delete
        compression.gzip.level -1 default < default=-1
        compression.lz4.level 9 default < default=9
        compression.type gzip static < static=gzip default=producer
        compression.zstd.level 3 default < default=3
        delete.retention.ms 86400000 default < default:log.cleaner.delete.retention.ms=86400000
        errors.deadletterqueue.group.enable false default
        file.delete.delay.ms 60000 default < default:log.segment.delete.delay.ms=60000
        flush.messages 9223372036854775807 default < default:log.flush.interval.messages=9223372036854775807
        flush.ms 777777 default
        follower.replication.throttled.replicas  default
        index.interval.bytes 4096 default < default:log.index.interval.bytes=4096
        leader.replication.throttled.replicas  default
        local.retention.bytes -2 default < default:log.local.retention.bytes=-2
        local.retention.ms -2 default < default:log.local.retention.ms=-2
        max.compaction.lag.ms 9223372036854775807 default < default:log.cleaner.max.compaction.lag.ms=9223372036854775807
        max.decompressed.message.bytes 2147483639 default < default=2147483639
        max.message.bytes 1048588 default < default:message.max.bytes=1048588
        message.timestamp.after.max.ms 3600000 default < default:log.message.timestamp.after.max.ms=3600000
        message.timestamp.before.max.ms 9223372036854775807 default < default:log.message.timestamp.before.max.ms=9223372036854775807
        message.timestamp.type CreateTime default < default:log.message.timestamp.type=CreateTime
        min.cleanable.dirty.ratio 0.25 static < static:log.cleaner.min.cleanable.ratio=0.25 default:log.cleaner.min.cleanable.ratio=0.5
        min.compaction.lag.ms 0 default < default:log.cleaner.min.compaction.lag.ms=0
        min.insync.replicas 1 cluster < cluster=1 default=1
        preallocate false default < default:log.preallocate=false
        remote.copy.lag.bytes -1 default < default:log.remote.copy.lag.bytes=-1
        remote.copy.lag.ms 0 default < default:log.remote.copy.lag.ms=0
        remote.log.copy.disable false default
        remote.log.delete.on.disable false default
        remote.storage.enable false default
        retention.bytes -1 default < default:log.retention.bytes=-1
        retention.ms 360000000 default
        segment.bytes 1073741824 default < default:log.segment.bytes=1073741824
        segment.index.bytes 10485760 default < default:log.index.size.max.bytes=10485760
        segment.jitter.ms 7200000 default
        segment.ms 604800000 default
        unclean.leader.election.enable false default < default=false
        """;

    /// <summary>The topic after its own configs had been set to odd spellings.</summary>
    public const string TopicWithConfigs = """
        cleanup.policy compact,delete topic < topic=compact,delete default:log.cleanup.policy=delete
        errors.deadletterqueue.group.enable true topic < topic=true
        index.interval.bytes 7 topic < topic=7 default:log.index.interval.bytes=4096
        internal.segment.bytes 100 topic < topic=100
        leader.replication.throttled.replicas 0:1,0:1 topic < topic=0:1,0:1
        local.retention.bytes 5 topic < topic=5 default:log.local.retention.bytes=-2
        local.retention.ms 5 topic < topic=5 default:log.local.retention.ms=-2
        max.compaction.lag.ms 5 topic < topic=5 default:log.cleaner.max.compaction.lag.ms=9223372036854775807
        min.cleanable.dirty.ratio 0.5 topic < topic=0.5 static:log.cleaner.min.cleanable.ratio=0.25 default:log.cleaner.min.cleanable.ratio=0.5
        min.insync.replicas 1 topic < topic=1 cluster=1 default=1
        remote.log.copy.disable true topic < topic=true
        retention.bytes -7 topic < topic=-7 default:log.retention.bytes=-1
        """;

    public const string Group = """
        consumer.assignment.interval.ms 1000 default < default:group.consumer.assignment.interval.ms=1000
        consumer.heartbeat.interval.ms 5000 default < default:group.consumer.heartbeat.interval.ms=5000
        consumer.session.timeout.ms 46000 static < static:group.consumer.session.timeout.ms=46000 default:group.consumer.session.timeout.ms=45000
        errors.deadletterqueue.copy.record.enable false default < default=false
        errors.deadletterqueue.topic.name  default < default=
        share.assignment.interval.ms 1000 default < default:group.share.assignment.interval.ms=1000
        share.auto.offset.reset latest default < default=latest
        share.delivery.count.limit 5 default < default:group.share.delivery.count.limit=5
        share.heartbeat.interval.ms 5000 default < default:group.share.heartbeat.interval.ms=5000
        share.isolation.level read_uncommitted default < default=read_uncommitted
        share.partition.max.record.locks 2000 default < default:group.share.partition.max.record.locks=2000
        share.record.lock.duration.ms 30000 default < default:group.share.record.lock.duration.ms=30000
        share.renew.acknowledge.enable true default < default=true
        share.session.timeout.ms 45000 default < default:group.share.session.timeout.ms=45000
        streams.assignment.interval.ms 1000 default < default:group.streams.assignment.interval.ms=1000
        streams.assignor.name sticky static < static:group.streams.assignors=sticky default:group.streams.assignors=sticky
        streams.heartbeat.interval.ms 5000 default < default:group.streams.heartbeat.interval.ms=5000
        streams.initial.rebalance.delay.ms 3000 default < default:group.streams.initial.rebalance.delay.ms=3000
        streams.num.standby.replicas 0 default < default:group.streams.num.standby.replicas=0
        streams.rack.aware.assignment.tags  default < default:group.streams.rack.aware.assignment.tags=
        streams.session.timeout.ms 45000 default < default:group.streams.session.timeout.ms=45000
        """;

    /// <summary>The broker with dynamic configs of its own.</summary>
    public const string BrokerWithDynamic = """
        leader.replication.throttled.rate 5 broker < broker=5
        listener.name.plaintext.max.connections 9 broker fixed < broker=9 default:max.connections=2147483647
        listener.name.plaintext.ssl.keystore.type PKCS12 broker fixed < broker=PKCS12 default:ssl.keystore.type=JKS
        log.flush.interval.ms 8 broker < broker=8 static:log.flush.scheduler.interval.ms=777777 default:log.flush.scheduler.interval.ms=9223372036854775807
        log.retention.hours 100 static fixed < static=100 default=168
        log.retention.minutes - default fixed
        log.retention.ms - default
        log.roll.hours 168 default fixed < default=168
        log.roll.ms 5 broker < broker=5 default:log.roll.hours=168
        max.connections 2147483647 default < default=2147483647
        message.max.bytes 2000 broker < broker= 2000  default=1048588
        num.io.threads 2 broker < broker=2 static=4 default=8
        sasl.jaas.config - broker secret < broker=-
        ssl.keystore.password - default secret
        ssl.keystore.type JKS default < default=JKS
        unclean.leader.election.enable true broker < broker=true default=false
        """;

    public const string TopicUnderDynamic = """
        flush.ms 8 broker < broker:log.flush.interval.ms=8 static:log.flush.scheduler.interval.ms=777777 default:log.flush.scheduler.interval.ms=9223372036854775807
        max.message.bytes 2000 broker < broker:message.max.bytes= 2000  default:message.max.bytes=1048588
        retention.ms 360000000 default
        segment.ms 5 broker < broker:log.roll.ms=5 default:log.roll.hours=168
        unclean.leader.election.enable true broker < broker=true default=false
        """;

    /// <summary>The same when the cluster has dynamic defaults besides.</summary>
    public const string BrokerWithBoth = """
        log.retention.ms 900000 cluster < cluster=900000 static:log.retention.hours=100 default:log.retention.hours=168
        message.max.bytes 2000 broker < broker= 2000  cluster=3000 default=1048588
        min.insync.replicas 2 cluster < cluster=2 default=1
        no.such - cluster fixed secret < cluster=-
        """;

    public const string TopicUnderBoth = """
        max.message.bytes 2000 broker < broker:message.max.bytes= 2000  cluster:message.max.bytes=3000 default:message.max.bytes=1048588
        retention.ms 900000 cluster < cluster:log.retention.ms=900000 static:log.retention.hours=100 default:log.retention.hours=168
        segment.ms 5 broker < broker:log.roll.ms=5 cluster:log.roll.ms=900000 default:log.roll.hours=168
        """;

    public static string Render(ConfigEntry entry)
    {
        var words = new List<string> { entry.Name, entry.Value ?? "-", SourceName(entry.Source) };
        if (entry.IsReadOnly) words.Add("fixed");
        if (entry.IsSensitive) words.Add("secret");
        if (entry.Synonyms.Count > 0) words.Add("<");
        foreach (var synonym in entry.Synonyms)
        {
            var name = synonym.Name == entry.Name ? "" : ":" + synonym.Name;
            words.Add($"{SourceName(synonym.Source)}{name}={synonym.Value ?? "-"}");
        }

        return string.Join(' ', words);
    }

    public static string Render(IEnumerable<ConfigEntry> entries) => string.Join('\n', entries.Select(Render));

    public static EffectiveConfig Start() => new(
        new StaticConfigBuilder().AddFile("server.properties", File).Build(),
        new Dictionary<string, string> { ["min.insync.replicas"] = "1" });

    private static string SourceName(ConfigSource source) => source switch
    {
        ConfigSource.DynamicTopic => "topic",
        ConfigSource.DynamicBroker => "broker",
        ConfigSource.DynamicDefaultBroker => "cluster",
        ConfigSource.StaticBroker => "static",
        ConfigSource.Default => "default",
        ConfigSource.DynamicClientMetrics => "subscription",
        ConfigSource.DynamicGroup => "group",
        _ => source.ToString(),
    };
}
