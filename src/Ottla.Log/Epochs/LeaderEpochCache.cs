using Ottla.Log.Checkpoints;
using Ottla.Log.Handles;
using Ottla.Log.Segments;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Epochs;

/// <summary>Which leader epoch begins at which offset (KIP-101); kept in `leader-epoch-checkpoint`.</summary>
/// <remarks>
/// One writer, the log's; readers see an immutable array. Written with the first batch of an epoch, and put on the disk when the log is
/// flushed: what a crash loses lies behind the recovery point and comes back from the batches themselves.
/// </remarks>
internal sealed class LeaderEpochCache
{
    private readonly Lock _saving = new();
    private EpochStart[] _entries = [];
    private EpochStart[] _saved = [];
    private EpochStart[] _durable = [];

    /// <summary>As they are now; an array that nobody changes any more.</summary>
    public EpochStart[] Entries => Volatile.Read(ref _entries);

    public LeaderEpoch Latest => Entries is [.., var last] ? last.Epoch : LeaderEpoch.None;

    /// <summary>Reads the file; one that can't be read is as good as none: then the answer says why, and its owner takes the epochs from
    /// the batches.</summary>
    public string? Load(LogContext context, LogFolder folder)
    {
        var bytes = context.Files.ReadAll(folder.File(LeaderEpochCheckpoint.FileName), LeaderEpochCheckpoint.FileBytesMax);
        if (!LeaderEpochCheckpoint.TryParse(bytes, out var epochs, out var problem)) return problem;

        // an offset that lost its last digits reads as one that is too small
        if (bytes.Length > 0 && bytes[^1] != (byte)'\n') return "its last line has no end";
        EpochStart[] found = [.. epochs];
        if (!Rise(found)) return "its epochs do not rise";
        _entries = _saved = _durable = found;
        return null;
    }

    /// <summary>Notes that <paramref name="epoch"/> begins at <paramref name="offset"/>; entries that can't be true beside it go.</summary>
    public void Assign(LeaderEpoch epoch, Offset offset)
    {
        if (epoch.Value < 0) return;
        var entries = _entries;
        if (entries is [.., var last] && epoch <= last.Epoch && offset >= last.StartOffset) return;
        var kept = entries.Length;
        while (kept > 0 && (entries[kept - 1].Epoch >= epoch || entries[kept - 1].StartOffset >= offset)) kept--;
        EpochStart[] risen = [.. entries.AsSpan(0, kept), new EpochStart(epoch, offset)];
        Invariant.That(Rise(risen.AsSpan(Math.Max(0, kept - 1))));
        Volatile.Write(ref _entries, risen);
    }

    /// <summary>Takes back what was assigned since <paramref name="entries"/> were seen: the batches could not be written.</summary>
    public void Restore(EpochStart[] entries) => Volatile.Write(ref _entries, entries);

    /// <summary>The file of the epochs is lost: they stand in the batches as well.</summary>
    public void TakeFrom(ReadOnlySpan<Segment> segments, long logStart)
    {
        Span<byte> buffer = stackalloc byte[HeaderWalk.BufferBytes];
        foreach (var segment in segments)
        {
            if (segment.Bytes == 0) continue;
            using var lease = segment.Acquire();
            var walk = new HeaderWalk(lease.File, 0, segment.Bytes, buffer);
            while (walk.Next())
            {
                if (walk.Header.PartitionLeaderEpoch > Latest) Assign(walk.Header.PartitionLeaderEpoch, walk.Header.BaseOffset);
            }
        }

        TruncateFromStart(new(logStart));
    }

    /// <summary>Forgets what begins at <paramref name="end"/> or after.</summary>
    public void TruncateFromEnd(Offset end)
    {
        var entries = _entries;
        var kept = entries.Length;
        while (kept > 0 && entries[kept - 1].StartOffset >= end) kept--;
        if (kept < entries.Length) Volatile.Write(ref _entries, entries[..kept]);
    }

    /// <summary>Forgets what ended before <paramref name="start"/>; the epoch that holds it begins there now.</summary>
    public void TruncateFromStart(Offset start)
    {
        var entries = _entries;
        var first = 0;
        while (first + 1 < entries.Length && entries[first + 1].StartOffset <= start) first++;
        if (entries.Length == 0 || entries[first].StartOffset >= start) return;
        Volatile.Write(ref _entries, [new EpochStart(entries[first].Epoch, start), .. entries.AsSpan(first + 1)]);
    }

    /// <summary>Each epoch is later than the one before, and begins behind it.</summary>
    private static bool Rise(ReadOnlySpan<EpochStart> entries)
    {
        for (var i = 1; i < entries.Length; i++)
        {
            if (entries[i].Epoch <= entries[i - 1].Epoch || entries[i].StartOffset <= entries[i - 1].StartOffset) return false;
        }

        return true;
    }

    public void Clear() => Volatile.Write(ref _entries, []);

    /// <summary>Where the epoch ends, as OffsetForLeaderEpoch answers (KIP-320): the largest epoch not above the wanted and the offset
    /// after its last.</summary>
    public EpochStart EndOf(LeaderEpoch wanted, Offset logEnd)
    {
        var entries = Entries;
        var none = new EpochStart(LeaderEpoch.None, Offset.None);
        if (wanted.Value < 0 || entries.Length == 0) return none;
        if (entries[^1].Epoch == wanted) return new(wanted, logEnd);
        for (var i = 0; i < entries.Length; i++)
        {
            if (entries[i].Epoch > wanted) return i == 0 ? new(wanted, entries[i].StartOffset) : new(entries[i - 1].Epoch, entries[i].StartOffset);
        }

        return none;
    }

    /// <summary>Epoch of the leader that wrote <paramref name="offset"/>; none where it is not known.</summary>
    public LeaderEpoch EpochAt(Offset offset)
    {
        var found = LeaderEpoch.None;
        foreach (var entry in Entries)
        {
            if (entry.StartOffset > offset) break;
            found = entry.Epoch;
        }

        return found;
    }

    /// <summary>Writes the file where something changed; with <paramref name="durable"/> it is on the disk afterwards. Any
    /// thread.</summary>
    public void Save(LogContext context, LogFolder folder, bool durable)
    {
        lock (_saving)
        {
            var entries = Volatile.Read(ref _entries);
            if (ReferenceEquals(entries, durable ? _durable : _saved)) return;
            context.Files.Replace(folder.File(LeaderEpochCheckpoint.FileName), LeaderEpochCheckpoint.Format(entries), durable);
            _saved = entries;
            if (durable) _durable = entries;
        }
    }
}
