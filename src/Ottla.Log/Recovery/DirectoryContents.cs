using Ottla.Log.Checkpoints;
using Ottla.Log.Segments;
using Ottla.Runtime.Files;

namespace Ottla.Log.Recovery;

/// <summary>What lies in a partition's directory, from one listing; leftovers of a crash are cleared away or completed on the
/// way.</summary>
/// <remarks>Runs once, when the log is opened, before anyone else sees the directory.</remarks>
internal sealed class DirectoryContents
{
    private readonly SortedDictionary<long, SegmentFile> _segments = [];

    private DirectoryContents()
    {
    }

    public IReadOnlyList<SegmentFile> Segments { get; private set; } = [];

    /// <summary>Offsets of the producer snapshots, rising.</summary>
    public List<long> Snapshots { get; } = [];

    public bool HasEpochs { get; private set; }

    public bool HasPartitionMetadata { get; private set; }

    public static DirectoryContents Read(LogContext context, string directory)
    {
        var contents = new DirectoryContents();
        var entries = context.Files.List(directory).ToList();
        if (InterruptedSwap.Complete(context, directory, entries)) entries = context.Files.List(directory).ToList();
        foreach (var entry in entries) contents.Take(context, directory, entry);
        foreach (var (offset, file) in contents._segments.ToArray())
        {
            if ((file.Parts & SegmentParts.Log) != 0) continue;
            foreach (var (part, suffix) in SegmentFiles.Parts)
            {
                if ((file.Parts & part) != 0) context.Files.DeleteFile(Path.Combine(directory, SegmentFiles.Name(offset, suffix)));
            }

            contents._segments.Remove(offset);
        }

        contents.Segments = [.. contents._segments.Values];
        contents.Snapshots.Sort();
        return contents;
    }

    private void Take(LogContext context, string directory, FileEntry entry)
    {
        if (entry.IsDirectory) return;
        if (entry.Name == LeaderEpochCheckpoint.FileName) HasEpochs = true;
        else if (entry.Name == PartitionMetadataFile.FileName) HasPartitionMetadata = true;
        else if (entry.Name.EndsWith(SegmentFiles.Deleted, StringComparison.Ordinal) || entry.Name.EndsWith(".tmp", StringComparison.Ordinal))
            context.Files.DeleteFile(Path.Combine(directory, entry.Name));
        else if (SegmentFiles.TryParse(entry.Name, out var offset, out var suffix)) TakeSegmentFile(directory, entry, offset, suffix);
    }

    private void TakeSegmentFile(string directory, FileEntry entry, long offset, ReadOnlySpan<char> suffix)
    {
        if (suffix.SequenceEqual(SegmentFiles.ProducerSnapshot))
        {
            Snapshots.Add(offset);
            return;
        }

        foreach (var (part, name) in SegmentFiles.Parts)
        {
            if (!suffix.SequenceEqual(name)) continue;
            _segments.TryGetValue(offset, out var file);
            file = file with { BaseOffset = offset, Parts = file.Parts | part };
            if (part == SegmentParts.Log)
            {
                if (entry.Length > int.MaxValue) throw new IOException($"{Path.Combine(directory, entry.Name)} has {entry.Length:N0} bytes; no segment has more than 2 GiB");
                file = file with { LogBytes = entry.Length };
            }

            _segments[offset] = file;
        }
    }
}

/// <summary>A segment as the listing shows it.</summary>
internal readonly record struct SegmentFile(long BaseOffset, SegmentParts Parts, long LogBytes);
