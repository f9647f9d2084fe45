using Ottla.Configuration.Settings;
using Ottla.Metadata.Image;

namespace Ottla.Broker.Cluster;

/// <summary>The broker's settings as of now: what it was started with under the dynamic configs of the cluster and its own
/// (KIP-226).</summary>
/// <remarks>Replaced as a whole by the loop that applies metadata; read from any thread.</remarks>
internal sealed class DynamicSettings(BrokerSettings atStart)
{
    private volatile BrokerSettings _current = atStart;

    public BrokerSettings Current => _current;

    public void Apply(MetadataImage image) =>
        _current = _current.WithDynamic(image.Configs.Of(ConfigResource.DefaultBroker), image.Configs.Of(ConfigResource.Broker(_current.NodeId)));
}
