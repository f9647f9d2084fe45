using Ottla.Configuration.Settings;
using Ottla.Metadata.Quorum;
using Ottla.Metadata.Service;
using Ottla.Network;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;
using RaftSettings = Ottla.Raft.Quorum.QuorumSettings;

namespace Ottla.Broker.Cluster;

/// <summary>A node's place in the metadata quorum, as its configuration gives it: who it is there, its times, the way to the
/// others.</summary>
internal sealed record QuorumPlace(LocalReplica Local, RaftSettings Settings, IQuorumPeers Peers)
{
    /// <param name="settings">The node's.</param>
    /// <param name="host">The world.</param>
    /// <param name="clusterId">Of its directories.</param>
    /// <param name="directory">The id of the one that holds the metadata log.</param>
    public static QuorumPlace Of(BrokerSettings settings, BrokerHost host, string clusterId, Uuid directory)
    {
        var node = settings.Node;
        var endpoints = node.AdvertisedControllerListeners.Select(at => new VoterEndpoint(at.Name, at.Host, at.Port)).ToList();
        var local = ControllerServiceOptions.LocalOf(node, clusterId, directory, endpoints);
        var times = ControllerServiceOptions.TimingOf(settings.Quorum);
        var platform = new NetworkPlatform(host.Transport, host.Time, host.Random, host.Fault);
        return new QuorumPlace(local, times, new QuorumLinks(platform, $"raft-client-{settings.NodeId}", times));
    }
}
