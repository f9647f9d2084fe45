using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster;

/// <summary>The cluster as this broker tells it to clients: the newest image whose partitions it has taken on.</summary>
/// <remarks>Published by one volatile write after the partitions of the image exist here, so whoever reads of a leader finds it leading.
/// Any thread reads.</remarks>
internal sealed class PublishedMetadata(string clusterId, BrokerId self)
{
    private volatile MetadataImage _image = MetadataImage.Empty;

    public string ClusterId => clusterId;

    public BrokerId Self => self;

    public MetadataImage Image => _image;

    /// <summary>Called by the one who has applied the image's partitions.</summary>
    public void Publish(MetadataImage image) => _image = image;

    /// <summary>Brokers that clients of a listener may talk to, with the address that is advertised on it.</summary>
    public IEnumerable<(BrokerRegistration Broker, NodeEndpoint Endpoint)> Brokers(string listener, bool includeFenced = false)
    {
        foreach (var broker in _image.Cluster.Brokers.Values)
        {
            if (broker.Fenced && !includeFenced) continue;
            if (broker.Endpoint(listener) is { } endpoint) yield return (broker, endpoint);
        }
    }
}
