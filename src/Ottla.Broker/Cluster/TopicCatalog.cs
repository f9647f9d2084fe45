using System.Diagnostics.CodeAnalysis;
using Ottla.Broker.Coordination;
using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster;

/// <summary>The topics of the newest image, as the group coordinator wants to see them.</summary>
internal sealed class TopicCatalog(ClusterView cluster) : ITopicCatalog
{
    public IEnumerable<string> Names => cluster.Image.Topics.ByName.Keys;

    public long Version => cluster.Image.Provenance.EndOffset.Value;

    public bool TryGet(string name, [NotNullWhen(true)] out TopicInfo? topic) => Told(cluster.Image.Topics.Find(name), out topic);

    public bool TryGet(Uuid id, [NotNullWhen(true)] out TopicInfo? topic) => Told(cluster.Image.Topics.Find(id), out topic);

    private static bool Told(TopicImage? found, [NotNullWhen(true)] out TopicInfo? topic)
    {
        topic = found is null ? null : new TopicInfo(found.Id, found.Name, found.PartitionCount);
        return topic is not null;
    }
}
