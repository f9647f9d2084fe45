using Ottla.Protocol.Primitives;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Quorum;

/// <summary>One node of the metadata quorum as a step function: inputs in, outputs out (KRaft, KIP-595).</summary>
/// <remarks>
/// Owned by the metadata loop. No method waits, reads a clock or touches a file: writes are outputs, their completion is an input; so the
/// simulator runs the same code.
/// A sole voter grants itself the next epoch and leads it as soon as that epoch is durable. The epoch is saved with the leader in one
/// write, where a candidate among
/// several would save its vote first: with one voter nobody else can have been granted the epoch in between.
/// The high watermark is the end of what the leader's own disk holds durably, since the leader is its own majority.
/// </remarks>
public sealed class QuorumNode
{
    private readonly BrokerId _id;
    private readonly VoterSet _voters;
    private readonly bool _votersAreInLog;
    private readonly LeaderEpoch _lastEpoch;

    /// <param name="id">This node.</param>
    /// <param name="voters">Who votes; see <see cref="WhyNotAlone"/> for what is accepted.</param>
    /// <param name="votersAreInLog">False while dynamic voters stand in the bootstrap snapshot alone.</param>
    /// <param name="last">What `quorum-state` holds.</param>
    /// <param name="lastLogEpoch">The epoch of the log's last batch.</param>
    public QuorumNode(BrokerId id, VoterSet voters, bool votersAreInLog, QuorumState last, LeaderEpoch lastLogEpoch)
    {
        Invariant.That(WhyNotAlone(id, voters) is null);
        _id = id;
        _voters = voters;
        _votersAreInLog = votersAreInLog;
        _lastEpoch = last.Epoch > lastLogEpoch ? last.Epoch : lastLogEpoch;
        Epoch = _lastEpoch;
    }

    public QuorumRole Role { get; private set; } = QuorumRole.Unattached;

    public LeaderEpoch Epoch { get; private set; }

    public Offset HighWatermark { get; private set; } = Offset.None;

    /// <summary>Why this program can't run a node with these voters; null where it can.</summary>
    public static string? WhyNotAlone(BrokerId id, VoterSet voters)
    {
        if (voters.Count == 0)
            return $"The metadata quorum has no voter. Format the directory with --standalone, or set controller.quorum.voters={id}@HOST:PORT.";
        if (voters.Count > 1)
        {
            var ids = string.Join(", ", voters.Voters.Select(voter => voter.Id));
            return $"The metadata quorum has {voters.Count} voters ({ids}). This version runs one node alone; nothing was changed. " +
                $"Keep to the distributed cluster, or start a new directory with node {id} as the only voter.";
        }

        return voters.Voters[0].Id == id
            ? null
            : $"The only voter of the metadata quorum is node {voters.Voters[0].Id}, this is node {id}. Set node.id={voters.Voters[0].Id}, or name node {id} as the voter.";
    }

    public IReadOnlyList<QuorumOutput> Step(QuorumInput input) => input switch
    {
        QuorumInput.Started started => Start(started),
        QuorumInput.StateSaved saved => Lead(saved),
        QuorumInput.LogFlushed flushed => Advance(flushed.End),
        QuorumInput.Stopped => Resign(),
        _ => throw new InvariantException($"The quorum does not know {input.GetType()}"),
    };

    private IReadOnlyList<QuorumOutput> Start(QuorumInput.Started started)
    {
        Invariant.That(Role == QuorumRole.Unattached);
        Invariant.That(started.LogEnd >= Offset.Zero);
        Role = QuorumRole.Candidate;
        Epoch = new LeaderEpoch(Math.Max(_lastEpoch.Value, 0) + 1);
        return [new QuorumOutput.SaveState(QuorumState.LeaderOf(Epoch, _id, _voters))];
    }

    private IReadOnlyList<QuorumOutput> Lead(QuorumInput.StateSaved saved)
    {
        Invariant.That(Role == QuorumRole.Candidate && saved.Epoch == Epoch);
        Role = QuorumRole.Leader;
        var toWrite = _voters.KRaftVersion >= 1 && !_votersAreInLog ? _voters : null;
        return [new QuorumOutput.OpenEpoch(Epoch, new EpochOpening(_id, _voters.Voters, _voters.Voters, toWrite))];
    }

    private IReadOnlyList<QuorumOutput> Advance(Offset end)
    {
        if (Role != QuorumRole.Leader || end <= HighWatermark) return [];
        HighWatermark = end;
        return [new QuorumOutput.Commit(end)];
    }

    private IReadOnlyList<QuorumOutput> Resign()
    {
        Role = QuorumRole.Resigned;
        return [];
    }
}
