using Ottla.Configuration.Effective;
using Ottla.Metadata.Features;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using ConfigResource = Ottla.Metadata.Image.ConfigResource;

namespace Ottla.Metadata.Control;

/// <summary>The brain of the cluster: decides what requests to change the metadata lead to.</summary>
/// <remarks>
/// Owned by the metadata loop; no method waits, reads a clock or touches a file; chance comes from the <see cref="Random"/> handed in.
/// A request changes nothing: it decides on records and an answer. State changes in <see cref="Replay"/> alone, the same code after a
/// restart, on a standby and in
/// the simulator. Replay follows the append at once, before the records are durable, so the next decision builds on this one; the answer
/// waits until they are.
/// If an append or flush fails the metadata directory is lost and the process ends, so nothing decided is ever taken back.
/// One file per kind of request (Controller.Topics.cs and so on).
/// </remarks>
public sealed partial class Controller
{
    /// <summary>Partitions that one request may create, as in Kafka; keeps a batch of records below its 8 MiB.</summary>
    public const int PartitionsPerRequestMax = 10_000;

    private readonly ControllerSettings _settings;
    private readonly Random _random;
    private readonly SharedLists _lists;
    private Dictionary<string, string>? _namesByCollision;

    /// <param name="settings">The node's.</param>
    /// <param name="image">All that is in the log.</param>
    /// <param name="lists">The same that the image was made with.</param>
    /// <param name="random">For ids and for where placing starts.</param>
    public Controller(ControllerSettings settings, MetadataImage image, SharedLists lists, Random random)
    {
        _settings = settings;
        _random = random;
        _lists = lists;
        Image = image;
    }

    /// <summary>All that was decided, whether durable yet or not.</summary>
    public MetadataImage Image { get; private set; }

    /// <summary>The offset that the next decision's first record gets.</summary>
    public Offset NextOffset => Image.Provenance.EndOffset;

    private MetadataVersion Version => Image.Features.VersionOrMinimum;

    /// <summary>Takes records that are in the log: the one place where state changes.</summary>
    /// <returns>What they changed.</returns>
    public MetadataDelta Replay(IReadOnlyList<VersionedRecord> records, OffsetAndEpoch provenance, long timestampMs)
    {
        var delta = new MetadataDelta(Image, _lists);
        foreach (var record in records)
        {
            ReplayCollision(record.Record);
            delta.Replay(record.Record);
        }

        Image = delta.Apply(provenance, timestampMs);
        return delta;
    }

    /// <summary>Takes note of control records, which change no metadata but the end of the log and `kraft.version`.</summary>
    public MetadataDelta ReplayControl(short? kraftVersion, OffsetAndEpoch provenance, long timestampMs)
    {
        var delta = new MetadataDelta(Image, _lists);
        if (kraftVersion is { } level) delta.ReplayKRaftVersion(level);
        Image = delta.Apply(provenance, timestampMs);
        return delta;
    }

    /// <summary>What holds on this node's broker now, below what a topic says itself.</summary>
    private EffectiveConfig Effective() => new(
        _settings.Static, Image.Configs.Of(ConfigResource.DefaultBroker), Image.Configs.Of(ConfigResource.Broker(_settings.NodeId)));

    private void ReplayCollision(object record)
    {
        if (_namesByCollision is not { } names) return;
        if (record is TopicRecord topic && TopicName.CanCollide(topic.Name)) names[TopicName.Unified(topic.Name)] = topic.Name;
        else if (record is RemoveTopicRecord removed && Image.Topics.Find(removed.TopicId) is { } old && TopicName.CanCollide(old.Name)) names.Remove(TopicName.Unified(old.Name));
    }

    /// <summary>Another topic whose metrics would have the same name; null for none.</summary>
    private string? CollidingWith(string name)
    {
        if (!TopicName.CanCollide(name)) return null;
        if (_namesByCollision is null)
        {
            _namesByCollision = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var topic in Image.Topics.ByName.Keys)
            {
                if (TopicName.CanCollide(topic)) _namesByCollision[TopicName.Unified(topic)] = topic;
            }
        }

        return _namesByCollision.TryGetValue(TopicName.Unified(name), out var other) && other != name ? other : null;
    }
}
