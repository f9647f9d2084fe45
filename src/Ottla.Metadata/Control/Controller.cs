using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>The brain of the cluster: decides what requests to change the metadata lead to. One part for each kind of request.</summary>
/// <remarks>
/// Owned by the metadata loop; no method waits, reads a clock or touches a file; chance comes from the random handed in. A request changes
/// nothing: it decides on records and an answer. State changes in <see cref="Replay"/> alone, the same code after a restart, on a standby
/// and in the simulator.
/// It is made from an image when its node begins to lead the quorum and thrown away when that ends: everything that a decision depends on
/// is in the image.
/// Replay follows the append at once, before the records are committed, so the next decision builds on this one; the answer waits for the
/// commit. So this image runs ahead of the committed one, which brokers and clients see, and what was never committed goes with the
/// controller.
/// </remarks>
public sealed class Controller
{
    private readonly ControlState _state;

    /// <param name="settings">The node's.</param>
    /// <param name="image">All that is in the log.</param>
    /// <param name="lists">The same that the image was made with.</param>
    /// <param name="random">For ids and for where placing starts.</param>
    /// <param name="nowMs">When it begins, ms since 1970.</param>
    public Controller(ControllerSettings settings, MetadataImage image, SharedLists lists, Random random, long nowMs)
    {
        _state = new ControlState(settings, image, lists, random) { NowMs = nowMs };
        Partitions = new PartitionControl(_state);
        Topics = new TopicControl(_state, Partitions);
        Elections = new ElectionControl(_state);
        InSync = new InSyncControl(_state);
        Brokers = new BrokerControl(_state, Elections);
        Controllers = new ControllerControl(_state);
        Directories = new DirectoryControl(_state, Elections);
        Heartbeats = new HeartbeatControl(_state, Elections, Directories);
        Periodic = new PeriodicControl(_state, Heartbeats);
        Reassignments = new ReassignmentControl(_state, Partitions);
        Configs = new ConfigControl(_state);
        Features = new FeatureControl(_state);
        Quotas = new QuotaControl(_state);
        ProducerIds = new ProducerIdControl(_state);
    }

    /// <summary>CreateTopics, DeleteTopics.</summary>
    public TopicControl Topics { get; }

    /// <summary>CreatePartitions.</summary>
    public PartitionControl Partitions { get; }

    /// <summary>ElectLeaders.</summary>
    public ElectionControl Elections { get; }

    /// <summary>AlterPartition.</summary>
    public InSyncControl InSync { get; }

    /// <summary>BrokerHeartbeat, and brokers that fell silent.</summary>
    public HeartbeatControl Heartbeats { get; }

    /// <summary>What is done without being asked for.</summary>
    public PeriodicControl Periodic { get; }

    /// <summary>Registering, fencing and forgetting brokers.</summary>
    public BrokerControl Brokers { get; }

    /// <summary>Registering and forgetting controllers.</summary>
    public ControllerControl Controllers { get; }

    /// <summary>Log directories: which are online, what lies where.</summary>
    public DirectoryControl Directories { get; }

    /// <summary>AlterPartitionReassignments, ListPartitionReassignments.</summary>
    public ReassignmentControl Reassignments { get; }

    /// <summary>IncrementalAlterConfigs, AlterConfigs.</summary>
    public ConfigControl Configs { get; }

    /// <summary>UpdateFeatures, and the records of a new cluster.</summary>
    public FeatureControl Features { get; }

    /// <summary>AlterClientQuotas.</summary>
    public QuotaControl Quotas { get; }

    /// <summary>AllocateProducerIds.</summary>
    public ProducerIdControl ProducerIds { get; }

    /// <summary>All that was decided, whether committed yet or not.</summary>
    public MetadataImage Image => _state.Image;

    /// <summary>The time of the decisions that follow, ms since 1970: set by whoever asks for them, since the brains read no
    /// clock.</summary>
    public long NowMs
    {
        get => _state.NowMs;
        set => _state.NowMs = value;
    }

    /// <summary>The offset that the next decision's first record gets.</summary>
    public Offset NextOffset => _state.NextOffset;

    /// <summary>Takes records that are in the log: the one place where state changes.</summary>
    /// <returns>What they changed.</returns>
    public MetadataDelta Replay(IReadOnlyList<VersionedRecord> records, OffsetAndEpoch provenance, long timestampMs)
    {
        var delta = new MetadataDelta(Image, _state.Lists);
        foreach (var record in records) delta.Replay(record.Record);
        _state.Image = delta.Apply(provenance, timestampMs);
        return delta;
    }

    /// <summary>Takes note of control records, which change no metadata but the end of the log and `kraft.version`.</summary>
    public MetadataDelta ReplayControl(short? kraftVersion, OffsetAndEpoch provenance, long timestampMs)
    {
        var delta = new MetadataDelta(Image, _state.Lists);
        if (kraftVersion is { } level) delta.ReplayKRaftVersion(level);
        _state.Image = delta.Apply(provenance, timestampMs);
        return delta;
    }
}
