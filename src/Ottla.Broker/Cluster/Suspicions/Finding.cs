using Ottla.Network;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster.Suspicions;

/// <summary>What somebody has found out about another node's listener.</summary>
internal enum Finding : byte
{
    /// <summary>Nothing that counts: never reached, or no clear answer.</summary>
    None = 0,

    /// <summary>It was reached in this epoch, its stream ended, and nobody listens there any more.</summary>
    Refused = 1,

    /// <summary>Its stream ended, and it was reached again.</summary>
    Reached = 2,
}

/// <summary>As what a node is watched: its broker's and its controller's listeners are different ones.</summary>
internal enum Duty : byte
{
    Broker,
    Controller,
}

/// <summary>One listener of a node for as long as it is that node's: the broker epoch, or the epoch in which a controller leads.</summary>
internal sealed record Target(Duty Duty, BrokerId Id, long Epoch, NodeAddress Address);

/// <summary>What is known of one target.</summary>
internal readonly record struct FoundTarget(BrokerId Id, BrokerEpoch Epoch, Finding Finding);
