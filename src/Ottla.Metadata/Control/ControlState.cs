using System.Globalization;
using Ottla.Configuration.Changes;
using Ottla.Configuration.Effective;
using Ottla.Metadata.Features;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using ConfigResource = Ottla.Metadata.Image.ConfigResource;

namespace Ottla.Metadata.Control;

/// <summary>What the controller's brains decide upon: the image of all that was decided, the node's settings, chance.</summary>
/// <remarks>Owned by the metadata loop. The brains read it; <see cref="Controller.Replay"/> alone changes it.</remarks>
internal sealed class ControlState(ControllerSettings settings, MetadataImage image, SharedLists lists, Random random)
{
    private BrokerSessions? _sessions;

    public ControllerSettings Settings => settings;

    public SharedLists Lists => lists;

    /// <summary>For ids, and for where placing starts.</summary>
    public Random Random => random;

    public MetadataImage Image { get; set; } = image;

    /// <summary>The time of the decision that is being made, ms since 1970.</summary>
    public long NowMs { get; set; }

    public BrokerSessions Sessions => _sessions ??= new BrokerSessions(this);

    /// <summary>The offset that the next decision's first record gets.</summary>
    public Offset NextOffset => Image.Provenance.EndOffset;

    public MetadataVersion Version => Image.Features.VersionOrMinimum;

    /// <summary>Whether eligible leader replicas are kept (KIP-966).</summary>
    public bool KeepsElr => Image.Features.IsElrEnabled && Version.HasEligibleLeaderReplicas;

    /// <summary>`min.insync.replicas` of a topic, which with eligible leader replicas is the same on all brokers.</summary>
    public int MinIsrOf(TopicImage topic) =>
        int.TryParse(
            Image.Configs.Value(ConfigResource.Topic(topic.Name), MinInsyncReplicas.Name) ?? Image.Configs.Value(ConfigResource.DefaultBroker, MinInsyncReplicas.Name),
            CultureInfo.InvariantCulture, out var count) ? count : 1;

    /// <summary>What holds on this node's broker now, below what a topic says itself.</summary>
    public EffectiveConfig Effective() => new(
        Settings.Static, Image.Configs.Of(ConfigResource.DefaultBroker), Image.Configs.Of(ConfigResource.Broker(Settings.NodeId)));

    /// <summary>How a partition of the topic gets a leader where nobody asks for anything else: one that may lack records only where the
    /// topic says so.</summary>
    public ElectionKind ElectionOf(TopicImage topic)
    {
        var own = Image.Configs.Of(ConfigResource.Topic(topic.Name));
        return Effective().TopicValueOf("unclean.leader.election.enable", own).AsBoolean() ? ElectionKind.Unclean : ElectionKind.Clean;
    }

    /// <summary>The only directory of a broker that has one; a broker with several chooses and tells (AssignReplicasToDirs).</summary>
    public Uuid DefaultDirectory(int broker)
    {
        if (!Image.Cluster.Brokers.TryGetValue(broker, out var registration)) return DirectoryIds.Unassigned;
        if (registration.Directories.Count == 0) return DirectoryIds.Migrating;
        var open = registration.OpenDirectories;
        return registration.Directories.Count == 1 && open.Count == 1 ? open[0] : DirectoryIds.Unassigned;
    }

    /// <summary>The record of a partition's change.</summary>
    public VersionedRecord ChangeOf(Uuid topic, int partition, PartitionChangeRecord change)
    {
        change.TopicId = topic;
        change.PartitionId = partition;
        return new VersionedRecord(change, Version.PartitionChangeRecordVersion);
    }

    /// <summary>Whether a request names the broker as it is registered.</summary>
    public Verdict WhyNotOfBroker(int id, long epoch)
    {
        if (Image.Cluster.Broker(new BrokerId(id)) is not { } broker)
            return new(ErrorCode.StaleBrokerEpoch, $"Broker {id} is not registered");
        return broker.Epoch.Value == epoch
            ? Verdict.Ok
            : new(ErrorCode.StaleBrokerEpoch, $"Expected broker epoch {broker.Epoch}, but got broker epoch {epoch}");
    }
}
