using Ottla.Protocol.Primitives;

namespace Ottla.Raft.Voters;

/// <summary>What a control record of the log says of the voters (KIP-853): a KRaftVersionRecord, a VotersRecord, or both of one batch.</summary>
/// <param name="At">The offset of the last of the records.</param>
/// <param name="KRaftVersion">Null where none says it.</param>
/// <param name="Voters">Null where none says it.</param>
public sealed record VoterChange(Offset At, short? KRaftVersion, IReadOnlyList<Voter>? Voters);

/// <summary>Who voted from which offset on. A set counts from its append, committed or not, and no longer once its record is cut off.</summary>
/// <remarks>Owned by the node's loop. It holds one entry for each change behind the latest snapshot; <see cref="Forget"/> drops older ones
/// when a snapshot is taken, so what it holds is bounded by what the log between two snapshots holds.</remarks>
internal sealed class VoterHistory
{
    private readonly List<(Offset At, VoterSet Voters)> _sets = [];

    /// <param name="first">What holds before any record: the properties' voters, or those of the bootstrap snapshot.</param>
    public VoterHistory(VoterSet first) => _sets.Add((Offset.None, first));

    public VoterSet Latest => _sets[^1].Voters;

    /// <summary>Who voted before the latest change.</summary>
    public VoterSet Previous => _sets[^Math.Min(2, _sets.Count)].Voters;

    /// <summary>The offset of the record that named <see cref="Latest"/>; none where no record did.</summary>
    public Offset LatestAt => _sets[^1].At;

    /// <summary>Who voted when the log ended there.</summary>
    public VoterSet At(Offset end)
    {
        for (var i = _sets.Count - 1; i > 0; i--)
        {
            if (_sets[i].At < end) return _sets[i].Voters;
        }

        return _sets[0].Voters;
    }

    public void Add(VoterChange change)
    {
        Invariant.That(change.At > LatestAt);
        var level = change.KRaftVersion ?? Latest.KRaftVersion;
        _sets.Add((change.At, new VoterSet(level, change.Voters ?? Latest.Voters)));
    }

    /// <summary>The log ends there now.</summary>
    public void TruncateTo(Offset end)
    {
        while (_sets.Count > 1 && LatestAt >= end) _sets.RemoveAt(_sets.Count - 1);
    }

    /// <summary>A snapshot of all below <paramref name="end"/> says who votes; nothing before it can be cut off.</summary>
    public void Forget(Offset end)
    {
        while (_sets.Count > 1 && _sets[1].At < end) _sets.RemoveAt(0);
    }

    /// <summary>A snapshot took the place of the whole log.</summary>
    public void Reset(Offset at, VoterSet voters)
    {
        _sets.Clear();
        _sets.Add((at, voters));
    }
}
