using Ottla.Protocol.Primitives;
using Ottla.Raft.History;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Tests.Model;

/// <summary>One record of a model's log. No two that were appended by leaders have one <paramref name="Id"/>.</summary>
public sealed record Entry(LeaderEpoch Epoch, long Id, VoterChange? Change = null);

/// <summary>A snapshot of a model: all ids below its end, and who votes.</summary>
public sealed record ModelSnapshot(LogPoint Id, VoterSet? Voters, VoterSet Before, IReadOnlyList<long> Ids);

/// <summary>A node's disk: what survives a crash, and what does not.</summary>
public sealed class Disk(Uuid directory)
{
    public Uuid Directory { get; } = directory;

    public QuorumState State { get; set; } = QuorumState.None;

    /// <summary>Records from <see cref="Start"/> on; those behind <see cref="Flushed"/> are lost in a crash.</summary>
    public List<Entry> Log { get; } = [];

    public long Start { get; set; }

    public long Flushed { get; set; }

    /// <summary>Counts truncations: a flush that began before one says nothing.</summary>
    public int Generation { get; set; }

    public List<ModelSnapshot> Snapshots { get; } = [];

    public long End => Start + Log.Count;

    public Entry this[long offset] => Log[(int)(offset - Start)];

    public void Crash() => TruncateTo(Math.Max(Flushed, Start));

    public void TruncateTo(long end)
    {
        Log.RemoveRange((int)(end - Start), (int)(End - end));
        Flushed = Math.Min(Flushed, end);
        Generation++;
    }

    public LogSummary Summarize()
    {
        var epochs = new List<EpochStart>();
        for (var i = 0; i < Log.Count; i++)
        {
            if (epochs.Count == 0 || epochs[^1].Epoch != Log[i].Epoch) epochs.Add(new EpochStart(Log[i].Epoch, new Offset(Start + i)));
        }

        return new LogSummary(
            new Offset(Start), new Offset(End), new Offset(Flushed), epochs,
            Snapshots.Count > 0 ? Snapshots[0].Id : null, Snapshots.Count > 0 ? Snapshots[^1].Id : null);
    }

    public IEnumerable<VoterChange> Changes()
    {
        var from = Snapshots.Count > 0 ? Snapshots[^1].Id.End : Offset.Zero;
        return Log.Where(entry => entry.Change is { } change && change.At >= from).Select(entry => entry.Change!);
    }
}
