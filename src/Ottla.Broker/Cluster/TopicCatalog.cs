using System.Diagnostics.CodeAnalysis;
using Ottla.Broker.Coordination;
using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster;

/// <summary>The topics of the newest image, as the group coordinator wants to see them.</summary>
internal sealed class TopicCatalog(PublishedMetadata cluster) : ITopicCatalog
{
    private readonly Lock _seen = new();
    private TopicsImage? _topics;
    private long _version;

    public IEnumerable<string> Names => cluster.Image.Topics.ByName.Keys;

    /// <summary>Images of a quiet cluster share their topics, so this stands still while only heartbeats of the quorum go by.</summary>
    public long Version
    {
        get
        {
            var image = cluster.Image;
            lock (_seen)
            {
                if (!ReferenceEquals(_topics, image.Topics)) (_topics, _version) = (image.Topics, image.Provenance.EndOffset.Value);
                return _version;
            }
        }
    }

    public bool TryGet(string name, [NotNullWhen(true)] out TopicInfo? topic)
    {
        var image = cluster.Image;
        return Told(image.Topics.Find(name), image.Cluster, out topic);
    }

    public bool TryGet(Uuid id, [NotNullWhen(true)] out TopicInfo? topic)
    {
        var image = cluster.Image;
        return Told(image.Topics.Find(id), image.Cluster, out topic);
    }

    private static bool Told(TopicImage? found, ClusterImage nodes, [NotNullWhen(true)] out TopicInfo? topic)
    {
        topic = found is null ? null : new TopicInfo(found.Id, found.Name, found.PartitionCount, RacksOf(found, nodes));
        return topic is not null;
    }

    /// <summary>One entry for each replica whose broker has a rack, as Kafka counts them: a rack stands twice where two of its brokers have
    /// a replica.</summary>
    private static IReadOnlyList<string>[]? RacksOf(TopicImage topic, ClusterImage nodes)
    {
        if (!nodes.Brokers.Values.Any(broker => broker.Rack is not null)) return null;
        var racks = new IReadOnlyList<string>[topic.PartitionCount];
        for (var number = 0; number < racks.Length; number++)
            racks[number] = [.. topic.Partition(number)?.Replicas.Select(id => nodes.Broker(new(id))?.Rack).OfType<string>() ?? []];
        return racks;
    }
}
