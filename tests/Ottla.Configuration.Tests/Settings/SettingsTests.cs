using Ottla.Configuration.Settings;
using Ottla.Configuration.Sources;

namespace Ottla.Configuration.Tests.Settings;

public sealed class SettingsTests
{
    private const string OneNode = """
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:9093
        controller.listener.names=CONTROLLER
        listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093
        log.dirs=/data
        """;

    private const string OneBroker = """
        process.roles=broker
        node.id=1
        controller.quorum.voters=2@h:9093
        controller.listener.names=CONTROLLER
        listeners=PLAINTEXT://h:9092
        """;

    private const string OneController = """
        process.roles=controller
        node.id=1
        controller.quorum.voters=1@h:9093
        controller.listener.names=CONTROLLER
        listeners=CONTROLLER://h:9093
        """;

    [Fact]
    public void A_plain_file_of_one_node_is_taken_as_it_is()
    {
        var settings = Taken(OneNode);
        var node = settings.Node;
        Assert.Equal((1, true, true), (node.Id.Value, node.IsBroker, node.IsController));
        Assert.Equal([new("PLAINTEXT", "127.0.0.1", 9092, SecurityProtocol.Plaintext)], node.BrokerListeners);
        Assert.Equal([new("CONTROLLER", "127.0.0.1", 9093, SecurityProtocol.Plaintext)], node.ControllerListeners);
        Assert.Equal([new("PLAINTEXT", "127.0.0.1", 9092, SecurityProtocol.Plaintext)], node.AdvertisedListeners);
        Assert.Equal([new("CONTROLLER", "127.0.0.1", 9093, SecurityProtocol.Plaintext)], node.AdvertisedControllerListeners);
        Assert.Equal([new(new(1), "127.0.0.1", 9093)], node.Voters);
        Assert.Equal(("PLAINTEXT", "/data"), (node.InterBrokerListenerName, node.MetadataLogDir));
        Assert.Equal(["/data"], node.LogDirs);
        Assert.Null(node.HttpListener);
        Assert.Equal((104857600, 600000L), (settings.Network.RequestMaxBytes, settings.Network.ConnectionsMaxIdleMs));
        var offsets = settings.Offsets;
        Assert.Equal((50, (short)3, 604800000L), (offsets.TopicNumPartitions, offsets.TopicReplicationFactor, offsets.RetentionMs));
    }

    [Fact]
    public void Listeners_have_names_of_their_own_IPv6_addresses_and_ports_that_the_system_chooses()
    {
        var settings = Taken("""
            process.roles=broker
            node.id=7
            controller.quorum.bootstrap.servers=c1:9093, [fe80::1]:9093
            controller.listener.names=quorum
            listener.security.protocol.map=inside:PLAINTEXT, OUTSIDE:PLAINTEXT,quorum:PLAINTEXT,quiet:PLAINTEXT
            listeners=inside://[::1]:9092,Outside://10.0.0.1:9092,quiet://:0
            inter.broker.listener.name=inside
            advertised.listeners=INSIDE://broker7.example:9092,OUTSIDE://broker7.example:9092
            broker.rack=r1
            log.dirs=/a, /b
            metadata.log.dir=/m
            ottla.http.listener=127.0.0.1:8080
            """);
        var node = settings.Node;
        Assert.Equal(["INSIDE://[::1]:9092", "OUTSIDE://10.0.0.1:9092", "QUIET://:0"], node.Listeners.Select(x => x.ToString()));
        string[] advertised = ["INSIDE://broker7.example:9092", "OUTSIDE://broker7.example:9092"];
        Assert.Equal(advertised, node.AdvertisedListeners.Select(x => x.ToString()));
        Assert.Equal(("INSIDE", "r1", "/m", false), (node.InterBrokerListenerName, node.Rack, node.MetadataLogDir, node.IsController));
        Assert.Equal(["c1:9093", "[fe80::1]:9093"], node.BootstrapServers.Select(server => server.ToString()));
        Assert.Equal(["/a", "/b"], node.LogDirs);
        Assert.Equal(new HostAndPort("127.0.0.1", 8080), node.HttpListener);
    }

    [Theory]
    [InlineData("node.id=-1", "node.id=-1 is not allowed: a whole number from 0 to 2147483647. (f, line 7)")]
    [InlineData("broker.id=2", "broker.id=2 is not allowed: it must be the same as node.id, which is 1. (f, line 7)")]
    [InlineData("process.roles=", "process.roles= is not allowed: a list of broker, controller. (f, line 7)")]
    [InlineData("process.roles=broker,broker",
        "controller.quorum.voters=1@127.0.0.1:9093 is not allowed: node 1 has not the role controller, so it must not be one of the voters. (f, "
        + "line 3)")]
    [InlineData("listeners=PLAINTEXT://a:b:9092,CONTROLLER://:9093",
        "listeners=PLAINTEXT://a:b:9092,CONTROLLER://:9093 is not allowed: PLAINTEXT://a:b:9092 is not NAME://HOST:PORT. (f, line 7)")]
    [InlineData("listeners=PLAINTEXT://:9092,,CONTROLLER://:9093",
        "listeners=PLAINTEXT://:9092,,CONTROLLER://:9093 is not allowed: a list of at least one item, none of them empty. (f, line 7)")]
    [InlineData("listeners=PLAINTEXT://h", "listeners=PLAINTEXT://h is not allowed: PLAINTEXT://h is not NAME://HOST:PORT. (f, line 7)")]
    [InlineData("listeners=PLAINTEXT://h:70000",
        "listeners=PLAINTEXT://h:70000 is not allowed: PLAINTEXT://h:70000 is not NAME://HOST:PORT. (f, line 7)")]
    [InlineData("listeners=PLAINTEXT://:9092,CONTROLLER://:9092",
        "listeners=PLAINTEXT://:9092,CONTROLLER://:9092 is not allowed: each listener must have a different port, and PLAINTEXT and "
        + "CONTROLLER "
        + "both have 9092. (f, line 7)")]
    [InlineData("listeners=PLAINTEXT://:1,PLAINTEXT://:2,CONTROLLER://:3",
        "listeners=PLAINTEXT://:1,PLAINTEXT://:2,CONTROLLER://:3 is not allowed: each listener must have a different name, and "
        + "PLAINTEXT is there "
        + "twice. (f, line 7)")]
    [InlineData("listeners=CLIENT://:1,CONTROLLER://:2",
        "listeners=CLIENT://:1,CONTROLLER://:2 is not allowed: listener.security.protocol.map names no security protocol for listener "
        + "CLIENT. "
        + "(f, line 7)")]
    [InlineData("listeners=SSL://:1,PLAINTEXT://:3,CONTROLLER://:2",
        "listeners=SSL://:1,PLAINTEXT://:3,CONTROLLER://:2 is not allowed: SSL speaks SSL; only PLAINTEXT is served yet. (f, line 7)")]
    [InlineData("listeners=PLAINTEXT://:9092",
        "controller.listener.names=CONTROLLER is not allowed: with the role controller it must name at least one of the listeners. (f, "
        + "line 4)")]
    [InlineData("listeners=CONTROLLER://:9092",
        "listeners=CONTROLLER://:9092 is not allowed: with the role broker there must be a listener that is not in "
        + "controller.listener.names. (f, line 7)")]
    [InlineData("listeners=PLAINTEXT://0.0.0.0:9092,CONTROLLER://:9093",
        "listeners=PLAINTEXT://0.0.0.0:9092,CONTROLLER://:9093 is not allowed: nobody can connect to 0.0.0.0; set advertised.listeners "
        + "to an address "
        + "that others reach. (f, line 7)")]
    [InlineData("advertised.listeners=PLAINTEXT://0.0.0.0:9092",
        "advertised.listeners=PLAINTEXT://0.0.0.0:9092 is not allowed: nobody can connect to 0.0.0.0; set advertised.listeners to an "
        + "address that "
        + "others reach. (f, line 7)")]
    [InlineData("advertised.listeners=SSL://h:9092",
        "advertised.listeners=SSL://h:9092 is not allowed: SSL is none of the listeners. (f, line 7)")]
    [InlineData("inter.broker.listener.name=CONTROLLER",
        "inter.broker.listener.name=CONTROLLER is not allowed: controllers listen there; brokers need a listener of their own. (f, line "
        + "7)")]
    [InlineData("inter.broker.listener.name=SSL",
        "inter.broker.listener.name=SSL is not allowed: it must be one of the advertised listeners: PLAINTEXT. (f, line 7)")]
    [InlineData("controller.quorum.voters=2@h:1",
        "controller.quorum.voters=2@h:1 is not allowed: node 1 has the role controller, so it must be one of the voters. (f, line 7)")]
    [InlineData("controller.quorum.voters=1-h:1", "controller.quorum.voters=1-h:1 is not allowed: 1-h:1 is not ID@HOST:PORT. (f, line 7)")]
    [InlineData("log.dirs=", "log.dirs= is not allowed: a list of at least one item, none of them empty. (f, line 7)")]
    [InlineData("log.dirs=/a,,/b", "log.dirs=/a,,/b is not allowed: a list of at least one item, none of them empty. (f, line 7)")]
    [InlineData("log.retention.ms=-5",
        "log.retention.ms=-5 is not allowed: a whole number of ms from -1 (no limit) to 9223372036854775807. (f, line 7)")]
    [InlineData("log.retention.ms=0", "log.retention.ms=0 is not allowed: it must be -1 (no limit) or at least 1. (f, line 7)")]
    [InlineData("replica.fetch.wait.max.ms=40000",
        "replica.fetch.wait.max.ms=40000 is not allowed: it must not be above replica.socket.timeout.ms. (f, line 7)")]
    [InlineData("queued.max.request.bytes=5",
        "queued.max.request.bytes=5 is not allowed: it must be negative (no limit) or at least socket.request.max.bytes. (f, line 7)")]
    [InlineData("max.connections.per.ip.overrides=h",
        "max.connections.per.ip.overrides=h is not allowed: h is not HOST:COUNT. (f, line 7)")]
    [InlineData("group.max.session.timeout.ms=5",
        "group.max.session.timeout.ms=5 is not allowed: it must not be below group.min.session.timeout.ms. (f, line 7)")]
    [InlineData("group.consumer.session.timeout.ms=5",
        "group.consumer.session.timeout.ms=5 is not allowed: it must not be below group.consumer.min.session.timeout.ms. (f, line 7)")]
    [InlineData("ottla.http.listener=9092", "ottla.http.listener=9092 is not allowed: HOST:PORT, or nothing to switch it off. (f, line 7)")]
    [InlineData("ottla.http.listener=h:9092",
        "ottla.http.listener=h:9092 is not allowed: listener PLAINTEXT has port 9092 already. (f, line 7)")]
    public void What_does_not_fit_is_refused_with_name_value_reason_and_place(string line, string message)
    {
        var loaded = Load(OneNode + "\n" + line);
        Assert.Null(loaded.Settings);
        Assert.Contains(message, loaded.Errors);
    }

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        var loaded = Load("num.partitions=x\nnum.io.threads=0\nlisteners=PLAINTEXT://:9092");
        Assert.Equal(
            [
                "num.partitions=x is not allowed: a whole number from 1 to 2147483647. (f, line 1)",
                "num.io.threads=0 is not allowed: a whole number from 1 to 2147483647. (f, line 2)",
                "controller.listener.names is not set: the node needs it; it takes a list of at least one item, none of them empty.",
                "node.id is not set: the node needs it; it takes a whole number from 0 to 2147483647.",
                "process.roles is not set: the node needs it; it takes a list of broker, controller.",
            ],
            loaded.Errors);
    }

    [Fact]
    public void A_name_that_nobody_knows_is_reported_and_passed_over()
    {
        var loaded = Load(OneNode + "\nlog.retension.ms=5\nno.such=1\nottla.nothing=1");
        Assert.NotNull(loaded.Settings);
        Assert.Equal(
            [
                "log.retension.ms is no config of Apache Kafka and is passed over. (f, line 7) Did you mean log.retention.ms?",
                "no.such is no config of Apache Kafka and is passed over. (f, line 8)",
                "ottla.nothing is no config of Ottla and is passed over. (f, line 9)",
            ],
            loaded.Warnings);
    }

    [Fact]
    public void A_config_that_does_nothing_yet_is_accepted_and_said_to()
    {
        var loaded = Load(OneNode + "\nremote.log.reader.threads=4\nsuper.users=User:a\nlistener.name.plaintext.ssl.client.auth=none");
        Assert.NotNull(loaded.Settings);
        Assert.Equal(
            [
                "remote.log.reader.threads is known but has no effect yet. (f, line 7)",
                "super.users is known but has no effect yet. (f, line 8)",
                "listener.name.plaintext.ssl.client.auth is known but has no effect yet. (f, line 9)",
            ],
            loaded.WithoutEffect);
    }

    [Theory]
    [InlineData("log.retention.hours=2", 7_200_000)]
    [InlineData("log.retention.hours=2\nlog.retention.minutes=3", 180_000)]
    [InlineData("log.retention.hours=2\nlog.retention.minutes=3\nlog.retention.ms=4", 4)]
    [InlineData("log.retention.hours=-1", -1)]
    public void Retention_in_the_finest_unit_comes_first(string lines, long ms) =>
        Assert.Equal(ms, Taken(OneNode + "\n" + lines).TopicDefaults.RetentionMs);

    [Fact]
    public void A_topics_own_configs_stand_above_the_brokers_and_dynamic_ones_above_the_file()
    {
        var start = Taken(OneNode + "\nmessage.max.bytes=1000\nlog.roll.hours=1");
        Assert.Equal((1000, 3_600_000L), (start.TopicDefaults.MaxMessageBytes, start.TopicDefaults.SegmentMs));
        var later = start.WithDynamic(
            new Dictionary<string, string> { ["message.max.bytes"] = "5000", ["log.roll.ms"] = "9" },
            new Dictionary<string, string> { ["message.max.bytes"] = "20000" });
        Assert.Equal((20000, 9L), (later.TopicDefaults.MaxMessageBytes, later.TopicDefaults.SegmentMs));
        var topic = later.ForTopic(new Dictionary<string, string> { ["max.message.bytes"] = "7", ["cleanup.policy"] = "compact,delete" });
        Assert.Equal((7, 9L, true, true), (topic.MaxMessageBytes, topic.SegmentMs, topic.IsCompacted, topic.IsDeleted));
        Assert.Same(later.TopicDefaults, later.ForTopic(new Dictionary<string, string>()));
        Assert.Same(start.Node, later.Node);
    }

    [Fact]
    public void A_small_segment_for_tests_beats_the_regular_size()
    {
        var ofTopic = new Dictionary<string, string> { ["internal.segment.bytes"] = "100", ["segment.bytes"] = "2000000" };
        Assert.Equal(100, Taken(OneNode).ForTopic(ofTopic).SegmentBytes);
    }

    [Fact]
    public void A_controller_alone_advertises_to_nodes_only()
    {
        var node = Taken("""
            process.roles=controller
            node.id=3
            controller.quorum.voters=3@h:9093
            controller.listener.names=CONTROLLER
            listeners=CONTROLLER://0.0.0.0:9093
            """).Node;
        Assert.Empty(node.AdvertisedListeners);
        Assert.Equal(["CONTROLLER://h:9093"], node.AdvertisedControllerListeners.Select(listener => listener.ToString()));
        Assert.Equal(["/tmp/kafka-logs"], node.LogDirs);
    }

    [Theory]
    [InlineData("controller.quorum.voters=1@h:9077", "CONTROLLER://:9093,C2://0.0.0.0:9094", "CONTROLLER://h:9077 C2://:9094")]
    [InlineData("controller.quorum.voters=1@h:9077", "CONTROLLER://x:9093,C2://y:9094", "CONTROLLER://x:9093 C2://y:9094")]
    [InlineData("controller.quorum.bootstrap.servers=h:9077", "CONTROLLER://0.0.0.0:9093,C2://:9094", "CONTROLLER://:9093 C2://:9094")]
    [InlineData("controller.quorum.voters=1@::1:9077", "CONTROLLER://:9093,C2://[::2]:9094", "CONTROLLER://[::1]:9077 C2://[::2]:9094")]
    public void A_controller_that_listens_everywhere_advertises_what_the_voters_say_of_it(string quorum, string listeners, string advertised)
    {
        var node = Taken($"""
            process.roles=controller
            node.id=1
            {quorum}
            controller.listener.names=CONTROLLER,C2
            listener.security.protocol.map=CONTROLLER:PLAINTEXT,C2:PLAINTEXT
            listeners={listeners}
            """).Node;
        Assert.Equal(advertised.Split(' '), node.AdvertisedControllerListeners.Select(listener => listener.ToString()));
    }

    [Theory]
    [InlineData("PLAINTEXT://2001:db8::1:9092", "PLAINTEXT://[2001:db8::1]:9092")]
    [InlineData("PLAINTEXT://[2001:db8::1]:9092", "PLAINTEXT://[2001:db8::1]:9092")]
    [InlineData("PLAINTEXT://::1:9092", "PLAINTEXT://[::1]:9092")]
    [InlineData("PLAINTEXT://[]:9092", "PLAINTEXT://:9092")]
    [InlineData("PLAINTEXT://:9092", "PLAINTEXT://:9092")]
    public void An_IPv6_address_stands_in_brackets_or_without_them(string listener, string read)
    {
        var node = Taken($"{OneNode}\nlisteners={listener},CONTROLLER://127.0.0.1:9093").Node;
        Assert.Equal(read, Assert.Single(node.BrokerListeners).ToString());
        Assert.Equal(read, Assert.Single(node.AdvertisedListeners).ToString());
    }

    [Fact]
    public void A_directory_that_is_there_twice_counts_once() =>
        Assert.Equal(["/a", "/b"], Taken(OneNode + "\nlog.dirs=/a,/b,/a").Node.LogDirs);

    [Fact]
    public void No_number_that_a_config_takes_is_too_large_for_its_settings()
    {
        foreach (var definition in Ottla.Configuration.Catalogs.BrokerConfigs.Catalog.All)
        {
            string[] extremes = definition.Type switch
            {
                Ottla.Configuration.Definitions.ConfigType.Int => ["2147483647", "-2147483648"],
                Ottla.Configuration.Definitions.ConfigType.Long => ["9223372036854775807", "-9223372036854775808"],
                Ottla.Configuration.Definitions.ConfigType.Double => ["Infinity", "-Infinity", "NaN"],
                _ => [],
            };
            foreach (var extreme in extremes)
            {
                if (!definition.TryParse(extreme, out _, out _)) continue;
                var loaded = Load($"{OneNode}\n{definition.Name}={extreme}");
                Assert.True(loaded.Settings is not null || loaded.Errors.Count > 0, definition.Name);
            }
        }
    }

    [Theory]
    [InlineData("controller.quorum.auto.join.enable=true",
        "controller.quorum.auto.join.enable=true is not allowed: only a node with the role controller can join the voters. (f, line 6)")]
    [InlineData("listeners=PLAINTEXT://h:9092,CONTROLLER://h:9093",
        "controller.listener.names=CONTROLLER is not allowed: without the role controller none of its names may be among the listeners. (f, line "
        + "4)")]
    [InlineData("controller.quorum.voters=1@h:9093",
        "controller.quorum.voters=1@h:9093 is not allowed: node 1 has not the role controller, so it must not be one of the voters. (f, line 6)")]
    [InlineData("controller.quorum.voters=",
        "controller.quorum.voters= is not allowed: a node needs its controllers, here or in controller.quorum.bootstrap.servers. (f, line 6)")]
    [InlineData("controller.quorum.bootstrap.servers=h",
        "controller.quorum.bootstrap.servers=h is not allowed: h is not HOST:PORT. (f, line 6)")]
    public void What_a_broker_alone_may_not_say_is_refused(string line, string message) =>
        Assert.Equal([message], Load(OneBroker + "\n" + line).Errors);

    [Theory]
    [InlineData("advertised.listeners=PLAINTEXT://h:9092,CONTROLLER://h:9093")]
    [InlineData("controller.quorum.bootstrap.servers=h:9093")]
    [InlineData("controller.listener.names=CONTROLLER,OTHER")]
    [InlineData("controller.listener.names=SSL")]
    public void What_a_broker_alone_may_say_is_taken(string line) => Assert.Empty(Load(OneBroker + "\n" + line).Errors);

    [Theory]
    [InlineData("listeners=CONTROLLER://h:9093,PLAINTEXT://h:9092",
        "listeners=CONTROLLER://h:9093,PLAINTEXT://h:9092 is not allowed: with the role controller alone only names of "
        + "controller.listener.names may be there. (f, line 6)")]
    [InlineData("controller.listener.names=CONTROLLER,PLAINTEXT",
        "controller.listener.names=CONTROLLER,PLAINTEXT is not allowed: with the role controller alone each must be one of the listeners, and "
        + "PLAINTEXT is not. (f, line 6)")]
    [InlineData("controller.quorum.voters=2@h:9093",
        "controller.quorum.voters=2@h:9093 is not allowed: node 1 has the role controller, so it must be one of the voters. (f, line 6)")]
    [InlineData("advertised.listeners=CONTROLLER://0.0.0.0:9093",
        "advertised.listeners=CONTROLLER://0.0.0.0:9093 is not allowed: nobody can connect to 0.0.0.0; set advertised.listeners to an address "
        + "that others reach. (f, line 6)")]
    public void What_a_controller_alone_may_not_say_is_refused(string line, string message) =>
        Assert.Equal([message], Load(OneController + "\n" + line).Errors);

    [Theory]
    [InlineData("controller.quorum.auto.join.enable=true")]
    [InlineData("advertised.listeners=CONTROLLER://q:9093")]
    [InlineData("advertised.listeners=PLAINTEXT://q:9093")]
    [InlineData("inter.broker.listener.name=PLAINTEXT")]
    [InlineData("controller.quorum.voters=\ncontroller.quorum.bootstrap.servers=q:9093")]
    public void What_a_controller_alone_may_say_is_taken(string line) => Assert.Empty(Load(OneController + "\n" + line).Errors);

    [Theory]
    [InlineData("early.start.listeners=FOO",
        "early.start.listeners=FOO is not allowed: FOO is none of the listeners and none of controller.listener.names. (f, line 7)")]
    [InlineData("cordoned.log.dirs=/q", "cordoned.log.dirs=/q is not allowed: /q is none of log.dirs or log.dir. (f, line 7)")]
    [InlineData("cordoned.log.dirs=*,/data",
        "cordoned.log.dirs=*,/data is not allowed: * is all directories, so nothing may stand beside it. (f, line 7)")]
    [InlineData("group.coordinator.rebalance.protocols=consumer",
        "group.coordinator.rebalance.protocols=consumer is not allowed: classic groups cannot be switched off. (f, line 7)")]
    [InlineData("replica.lag.time.max.ms=100",
        "replica.fetch.wait.max.ms is not set: it must not be above replica.lag.time.max.ms.")]
    public void What_does_not_go_together_is_refused(string line, string message) =>
        Assert.Equal([message], Load(OneNode + "\n" + line).Errors);

    [Theory]
    [InlineData("broker.heartbeat.interval.ms=4501", "broker.heartbeat.interval.ms (4501 ms) is more than half of")]
    [InlineData("broker.session.timeout.ms=3000", "broker.heartbeat.interval.ms (2000 ms) is more than half of")]
    [InlineData("controller.quorum.auto.join.enable=true", "controller.quorum.auto.join.enable has no effect beside")]
    [InlineData("replica.selector.class=my.Selector", "replica.selector.class=my.Selector has no effect")]
    public void What_will_not_work_well_is_taken_with_a_warning(string line, string warning)
    {
        var loaded = Load(OneNode + "\n" + line);
        Assert.NotNull(loaded.Settings);
        Assert.StartsWith(warning, Assert.Single(loaded.Warnings));
    }

    [Fact]
    public void The_throttles_of_replication_come_with_the_dynamic_configs_alone()
    {
        var start = Taken(OneNode);
        Assert.Equal(long.MaxValue, start.Replication.LeaderThrottledRate);
        var later = start.WithDynamic(
            new Dictionary<string, string> { ["leader.replication.throttled.rate"] = "1000", ["num.replica.fetchers"] = "2" },
            new Dictionary<string, string> { ["follower.replication.throttled.rate"] = "7" });
        Assert.Equal((1000, 7, 2), (later.Replication.LeaderThrottledRate, later.Replication.FollowerThrottledRate, later.Replication.NumFetchers));
        Assert.Equal(later.Node.Voters, later.Quorum.Voters);
    }

    private static LoadedSettings Load(string file) => BrokerSettings.Load(new StaticConfigBuilder().AddFile("f", file).Build());

    private static BrokerSettings Taken(string file)
    {
        var loaded = Load(file);
        Assert.Empty(loaded.Errors);
        return loaded.Settings!;
    }
}
