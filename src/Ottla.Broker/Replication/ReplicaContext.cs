using Ottla.Log.Durability;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>Where proposals for an ISR go: to the controller, many partitions' together. The answer comes back to
/// <see cref="Partition.Replay"/>, sooner or later, unless metadata made it needless.</summary>
internal interface IIsrChanges
{
    /// <summary>Does not wait, and calls nobody back on this thread.</summary>
    void Propose(Partition partition, IsrProposal proposal);
}

/// <summary>What the leaders of this node's partitions need of their surroundings. One object for all of them.</summary>
internal sealed class ReplicaContext
{
    public required BrokerId Self { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>`replica.lag.time.max.ms`.</summary>
    public required long LagTimeMaxMs { get; init; }

    /// <summary>The run of a broker that may be in an ISR; none where it is unknown, fenced or stopping.</summary>
    public required Func<int, BrokerEpoch> RegisteredEpoch { get; init; }

    public required IIsrChanges Changes { get; init; }

    /// <summary>Where those wait whose records must be on the disk before they are acknowledged.</summary>
    public LogFlushes Flushes { get; init; } = new(static bug => throw new InvalidOperationException("the loop of flushes broke", bug));

    /// <summary>Of a clock that only goes forward.</summary>
    public long NowMs => (long)(Time.GetTimestamp() * 1000.0 / Time.TimestampFrequency);
}
