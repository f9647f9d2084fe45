namespace Ottla.Broker.Coordination.Classic;

/// <summary>Where a classic group stands. A group that ended is not in the shard any more, so there is no "Dead" here.</summary>
internal enum ClassicState
{
    /// <summary>No members; offsets at most.</summary>
    Empty,

    /// <summary>Members are asked to join; answers to JoinGroup wait.</summary>
    PreparingRebalance,

    /// <summary>All have joined; the leader's assignment is awaited, or is being written.</summary>
    CompletingRebalance,

    /// <summary>Everybody has, or may fetch, an assignment.</summary>
    Stable,
}
