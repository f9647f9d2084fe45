using System.Diagnostics.CodeAnalysis;
using Ottla.Broker.Coordination;
using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster;

/// <summary>The topics of the newest image, as the group coordinator wants to see them.</summary>
internal sealed class TopicCatalog(ClusterView cluster) : ITopicCatalog
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

    public bool TryGet(string name, [NotNullWhen(true)] out TopicInfo? topic) => Told(cluster.Image.Topics.Find(name), out topic);

    public bool TryGet(Uuid id, [NotNullWhen(true)] out TopicInfo? topic) => Told(cluster.Image.Topics.Find(id), out topic);

    private static bool Told(TopicImage? found, [NotNullWhen(true)] out TopicInfo? topic)
    {
        topic = found is null ? null : new TopicInfo(found.Id, found.Name, found.PartitionCount);
        return topic is not null;
    }
}
