using Ottla.Log.Checkpoints;
using Ottla.Log.Durability;
using Ottla.Log.Epochs;
using Ottla.Log.Handles;
using Ottla.Log.Producers;
using Ottla.Log.Reading;
using Ottla.Log.Segments;
using Ottla.Protocol.Primitives;

namespace Ottla.Log;

/// <summary>What one partition's log is at this moment: its segments and offsets, its epochs and producers, what of it is on the disk.</summary>
/// <remarks>
/// Changed by the log's writer alone, through the methods below, which check what must hold before and after; read by any thread. Readers see an immutable
/// array of segments and offsets that were published after what they speak of was written.
/// Whoever works on it (<see cref="Appending.LogAppender"/>, <see cref="LogReader"/>, <see cref="Truncation.LogTruncation"/> ...) keeps nothing between two
/// calls, so that a partition that nobody uses costs this object and two small ones beside it.
/// </remarks>
internal sealed class LogState(LogContext context, string directory, TopicPartition partition, LogSettings settings)
{
    private LogSettings _settings = settings;
    private Segment[] _segments = [];
    private long _start;
    private long _end;
    private LeaderEpochCache? _epochs;
    private ReadHints? _hints;

    public LogContext Context => context;

    public LogFolder Folder { get; } = new(directory);

    public TopicPartition Partition => partition;

    public Uuid TopicId { get; set; }

    /// <summary>Whom the context's owner hears of.</summary>
    public required PartitionLog Owner { get; init; }

    public LogSettings Settings
    {
        get => Volatile.Read(ref _settings);
        set => Volatile.Write(ref _settings, value);
    }

    public LogDurability Durability { get; } = new(context.NowMs);

    public ProducerHistory Producers { get; } = new();

    public Segment[] Segments => Volatile.Read(ref _segments);

    public Segment Active => Segments[^1];

    /// <summary>First offset that is served.</summary>
    public long Start => Volatile.Read(ref _start);

    /// <summary>Offset that the next record gets.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>Writer: indexes and producers in memory are ahead of their files; a clean end writes them.</summary>
    public bool MustSeal { get; set; }

    public bool HasDirectory { get; set; }

    public bool HasEpochFile { get; set; }

    /// <summary>Writer: how much earlier than segment.ms the segment that is being written ends.</summary>
    public long RollJitterMs { get; private set; }

    public LeaderEpochCache Epochs => Volatile.Read(ref _epochs) ?? LoadEpochs();

    /// <summary>Null while nobody asked for them: then the file says all.</summary>
    public LeaderEpochCache? LoadedEpochs => Volatile.Read(ref _epochs);

    public ReadHints Hints
    {
        get
        {
            if (Volatile.Read(ref _hints) is { } hints) return hints;
            Interlocked.CompareExchange(ref _hints, new ReadHints(), null);
            return _hints;
        }
    }

    /// <summary>What a reader notes before it looks at anything else; see <see cref="ReadHints"/>.</summary>
    public int HintsVersion => Volatile.Read(ref _hints)?.Version ?? 0;

    public void ForgetHints() => Volatile.Read(ref _hints)?.Forget();

    public void EnsureDirectory()
    {
        if (HasDirectory) return;
        context.Files.CreateDirectory(Folder.Path);
        HasDirectory = true;
        Durability.NoteNewFolder();
    }

    /// <summary>Index of the last segment that begins at <paramref name="offset"/> or before; 0 where all begin later.</summary>
    public static int FloorIndex(Segment[] segments, long offset)
    {
        int low = 0, high = segments.Length - 1;
        while (low < high)
        {
            var middle = low + (high - low + 1) / 2;
            if (segments[middle].BaseOffset <= offset) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    /// <summary>One empty segment, and the log with it, at <paramref name="offset"/>; records are served from <paramref name="start"/> on.</summary>
    public void BeginAt(long offset, long start)
    {
        Invariant.That(offset >= 0 && start >= offset);
        var segment = new Segment(context, Folder, offset, new(offset, 0), SegmentParts.None);
        if (offset > 0)
        {
            EnsureDirectory();
            Durability.NoteNewNames();
            segment.Create();
            MustSeal = true;
        }

        Volatile.Write(ref _start, start);
        Volatile.Write(ref _end, offset);
        Replace([segment]);
    }

    /// <summary>What was found on the disk; the end is what <see cref="FindEnd"/> says later.</summary>
    public void TakeUp(Segment[] segments, long start)
    {
        Invariant.That(segments.Length > 0 && start >= segments[0].BaseOffset);
        Volatile.Write(ref _start, start);
        Replace(segments);
    }

    /// <summary>While the log is being opened, before anybody else knows it: segments so far, and where the last of them ends.</summary>
    public void FindEnd(Segment[] segments, long end)
    {
        Invariant.That(end >= segments[^1].BaseOffset);
        Volatile.Write(ref _segments, segments);
        Volatile.Write(ref _end, end);
    }

    /// <summary>Records were written and published up to here.</summary>
    public void AdvanceTo(long end)
    {
        Invariant.That(end > _end && end == Active.End.NextOffset);
        Volatile.Write(ref _end, end);
    }

    /// <summary>A new, empty segment behind the others.</summary>
    public void Add(Segment next)
    {
        Invariant.That(next.BaseOffset >= _end && next.BaseOffset > Active.BaseOffset && next.Bytes == 0);
        Replace([.. Segments, next]);
    }

    /// <summary>The oldest segments are gone; one is left at least.</summary>
    public void DropOldest(int count)
    {
        Invariant.That(count > 0 && count < Segments.Length);
        Volatile.Write(ref _segments, Segments[count..]);
    }

    public void MoveStartTo(long start)
    {
        Invariant.That(start >= _start && start <= _end);
        Volatile.Write(ref _start, start);
    }

    /// <summary>The log ends earlier, in the last of <paramref name="kept"/>.</summary>
    public void CutTo(Segment[] kept, long end)
    {
        Invariant.That(end <= _end && kept.Length > 0 && end >= kept[^1].BaseOffset);
        Volatile.Write(ref _segments, kept);
        if (_start > end) Volatile.Write(ref _start, end);
        Volatile.Write(ref _end, end);
    }

    /// <summary>Nothing is in the log: its one segment begins where it ends.</summary>
    public bool IsEmpty => _start == _end && Segments is [{ Bytes: 0 }];

    private void Replace(Segment[] segments)
    {
        Volatile.Write(ref _segments, segments);
        RollJitterMs = NextJitter();
    }

    /// <summary>Differs from partition to partition and from segment to segment, and is the same in every run.</summary>
    private long NextJitter()
    {
        var jitter = Settings.SegmentJitterMs;
        if (jitter <= 0) return 0;
        var mixed = (ulong)(_end + 1) * 0x9e3779b97f4a7c15 ^ TopicId.High ^ TopicId.Low ^ (ulong)partition.Partition << 32;
        return (long)(mixed % (ulong)jitter);
    }

    private LeaderEpochCache LoadEpochs()
    {
        lock (Folder)
        {
            if (_epochs is { } other) return other;
            var epochs = new LeaderEpochCache();
            if (HasEpochFile)
            {
                if (epochs.Load(context, Folder) is { } problem)
                {
                    LogMessages.FileSetAside(context.Logger, Folder.Path, LeaderEpochCheckpoint.FileName, problem);
                    epochs.TakeFrom(Segments, Start);
                }

                epochs.TruncateFromEnd(new(End));
                epochs.TruncateFromStart(new(Start));
            }

            Volatile.Write(ref _epochs, epochs);
            return epochs;
        }
    }
}
