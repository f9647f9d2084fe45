using Ottla.Configuration.Effective;
using Ottla.Configuration.Sources;
using Ottla.Protocol.Primitives;

namespace Ottla.Configuration.Settings;

/// <summary>
/// The configuration of one node, typed. What is static stays for the life of the process, the rest is as of <see cref="Config"/>.
/// </summary>
/// <remarks>
/// Immutable; made at start by <see cref="Load"/> and again by <see cref="WithDynamic"/> whenever the metadata bring other dynamic configs.
/// Costs some tens of microseconds; readers on a hot path keep the numbers that they need.
/// </remarks>
public sealed class BrokerSettings
{
    internal BrokerSettings(EffectiveConfig config, NodeSettings node)
    {
        Config = config;
        Node = node;
        var reader = new ConfigReader(config);
        Network = new(reader);
        Requests = new(reader);
        Topics = new(reader);
        Log = new(reader);
        Replication = new(reader);
        Offsets = new(reader);
        Groups = new(reader);
        ConsumerGroups = new(reader);
        Transactions = new(reader);
        Quorum = new(reader, node);
        Elections = new(reader);
        Peers = new(reader);
        MetadataLog = new(reader);
        Registration = new(reader);
        TopicDefaults = TopicSettings.Of(config, EffectiveConfig.None);
    }

    /// <summary>Names, sources and texts behind the typed values; answers DescribeConfigs.</summary>
    public EffectiveConfig Config { get; }

    /// <summary>Who the node is, where it listens and where its data lie. Never changes while it runs.</summary>
    public NodeSettings Node { get; }

    public NetworkSettings Network { get; }

    public RequestSettings Requests { get; }

    public TopicCreationSettings Topics { get; }

    public LogSettings Log { get; }

    public ReplicationSettings Replication { get; }

    public OffsetsSettings Offsets { get; }

    public ClassicGroupSettings Groups { get; }

    public ConsumerGroupSettings ConsumerGroups { get; }

    public TransactionSettings Transactions { get; }

    public QuorumSettings Quorum { get; }

    public ElectionSettings Elections { get; }

    public PeerSettings Peers { get; }

    public MetadataLogSettings MetadataLog { get; }

    public RegistrationSettings Registration { get; }

    /// <summary>What holds for a topic that has no configs of its own.</summary>
    public TopicSettings TopicDefaults { get; }

    /// <summary>Judges what the node was started with: types, ranges and what must fit together.</summary>
    public static LoadedSettings Load(StaticConfig config) => SettingsLoader.Load(config);

    /// <summary>The same node under the dynamic configs of the cluster (the broker resource with the empty name) and its own.</summary>
    public BrokerSettings WithDynamic(IReadOnlyDictionary<string, string> cluster, IReadOnlyDictionary<string, string> broker) =>
        new(Config.With(cluster, broker), Node);

    /// <summary>What holds for a topic under its own configs. Topics without any share one object.</summary>
    public TopicSettings ForTopic(IReadOnlyDictionary<string, string> ofTopic) =>
        ofTopic.Count == 0 ? TopicDefaults : TopicSettings.Of(Config, ofTopic);

    public BrokerId NodeId => Node.Id;
}
