using Ottla.Broker.Net;
using Ottla.Configuration.Settings;
using Ottla.Metadata.Image;
using Ottla.Runtime.Platform;

namespace Ottla.Broker.Cluster;

/// <summary>What a node registers as its addresses: `advertised.listeners`, with the machine's name and the bound port where those are left
/// open.</summary>
internal sealed class AdvertisedAddresses(NodeSettings node, IReadOnlyList<Net.Listener> bound)
{
    public IReadOnlyList<NodeEndpoint> OfBroker => [.. node.AdvertisedListeners.Select(Advertised)];

    public IReadOnlyList<NodeEndpoint> OfController => [.. node.AdvertisedControllerListeners.Select(Advertised)];

    private NodeEndpoint Advertised(ListenerAddress listener)
    {
        var host = listener.Host.Length > 0 ? listener.Host : Machine.HostName;
        var port = listener.Port > 0 ? listener.Port : bound.FirstOrDefault(b => b.Name == listener.Name)?.Port ?? 0;
        return new NodeEndpoint(listener.Name, host, port, (short)listener.Protocol);
    }
}
