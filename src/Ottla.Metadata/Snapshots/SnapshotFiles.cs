using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.Voters;
using Ottla.Runtime.Files;

namespace Ottla.Metadata.Snapshots;

/// <summary>One snapshot on the disk.</summary>
internal sealed record SnapshotFile(OffsetAndEpoch Id, long Bytes);

/// <summary>The snapshots in the directory of the metadata log: found, read, written, removed.</summary>
/// <remarks>A snapshot is written under another name, flushed, and only then renamed, so what has a snapshot's name is whole. Failure:
/// <see cref="IOException"/>.</remarks>
internal sealed class SnapshotFiles(IFileSystem files, string directory)
{
    /// <summary>The largest snapshot that is read: some ten million partitions.</summary>
    public const int BytesMax = 1 << 30;

    /// <summary>The first batch of a snapshot: its header, and the voters with their addresses.</summary>
    private const int HeaderBytesMax = 1 << 16;

    /// <summary>All snapshots, the oldest first; what others left unfinished is removed on the way.</summary>
    public List<SnapshotFile> Find()
    {
        var found = new List<SnapshotFile>();
        List<string>? left = null;
        foreach (var entry in files.List(directory))
        {
            if (entry.IsDirectory) continue;
            if (SnapshotName.TryParse(entry.Name, out var id)) found.Add(new SnapshotFile(id, entry.Length));
            else if (entry.Name.EndsWith(SnapshotName.PartSuffix, StringComparison.Ordinal)
                || entry.Name.EndsWith(SnapshotName.DeletedSuffix, StringComparison.Ordinal))
                (left ??= []).Add(entry.Name);
        }

        foreach (var name in left ?? []) files.DeleteFile(Path.Combine(directory, name));
        found.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        return found;
    }

    /// <exception cref="MalformedMessageException">It is no whole snapshot.</exception>
    public void Read(OffsetAndEpoch id, IRecordSink sink) => ReadFile(Path.Combine(directory, SnapshotName.Of(id)), sink);

    /// <exception cref="MalformedMessageException">It is no whole snapshot.</exception>
    public void ReadFile(string path, IRecordSink sink)
    {
        var bytes = files.ReadAll(path, BytesMax);
        var watch = new FooterWatch(sink);
        int read;
        try
        {
            read = BatchDecoder.Decode(bytes, watch);
        }
        catch (MalformedMessageException e)
        {
            throw new MalformedMessageException($"The snapshot {path} can't be read: {e.Message}");
        }

        if (read != bytes.Length || !watch.Seen)
            throw new MalformedMessageException($"The snapshot {path} is cut: {read:N0} of {bytes.Length:N0} bytes make whole batches");
    }

    /// <summary>Timestamp of the last record that a snapshot holds, ms since 1970. Reads its first batch and no more.</summary>
    /// <exception cref="MalformedMessageException">It does not begin as a snapshot does.</exception>
    public long ReadTimestamp(OffsetAndEpoch id)
    {
        var path = Path.Combine(directory, SnapshotName.Of(id));
        using var file = files.Open(path, OpenFor.Reading);
        var bytes = new byte[Math.Min(file.Length, HeaderBytesMax)];
        var batches = new BatchReader(bytes.AsSpan(0, file.ReadFully(0, bytes)));
        if (!batches.Next()) throw new MalformedMessageException($"The snapshot {path} does not begin with a header ({batches.End})");
        var header = new SnapshotHeaderReader();
        BatchDecoder.Decode(batches.Current, header);
        return header.TimestampMs;
    }

    /// <summary>Writes a snapshot of an image.</summary>
    /// <returns>Its size in bytes.</returns>
    public long Write(MetadataImage image, VoterSet? voters, long nowMs) =>
        Write(image.Provenance, image.LastTimestampMs, ImageRecords.Of(image), voters, nowMs);

    public long Write(OffsetAndEpoch id, long lastContainedTimestampMs, IEnumerable<VersionedRecord> records, VoterSet? voters, long nowMs)
    {
        var name = SnapshotName.Of(id);
        var part = PartOf(id);
        long position = 0;
        using (var file = files.Open(part, OpenFor.WritingOrCreating))
        {
            void Take(ReadOnlyMemory<byte> batch)
            {
                file.Write(position, batch.Span);
                position += batch.Length;
            }

            using var encoder = new BatchEncoder();
            file.SetLength(0);
            Take(encoder.EncodeSnapshotHeader(lastContainedTimestampMs, voters, id.Epoch, nowMs, out var next));
            next = encoder.EncodeAll(records, next, id.Epoch, nowMs, Take);
            Take(encoder.EncodeSnapshotFooter(next, id.Epoch, nowMs));
            file.Flush();
        }

        files.Rename(part, Path.Combine(directory, name));
        files.FlushDirectory(directory);
        return position;
    }

    public SnapshotSource Open(OffsetAndEpoch id) => new(id, files.Open(Path.Combine(directory, SnapshotName.Of(id)), OpenFor.Reading));

    public SnapshotDownload Begin(OffsetAndEpoch id) => new(files, PartOf(id), id);

    /// <summary>Gives a snapshot that came whole its name.</summary>
    /// <exception cref="MalformedMessageException">It is not whole; the caller disposes of it.</exception>
    public void Finish(SnapshotDownload download)
    {
        ReadFile(download.Path, new SnapshotHeaderReader());
        download.Close();
        files.Rename(download.Path, Path.Combine(directory, SnapshotName.Of(download.Id)));
        files.FlushDirectory(directory);
    }

    public void Remove(OffsetAndEpoch id) => files.DeleteFile(Path.Combine(directory, SnapshotName.Of(id)));

    private string PartOf(OffsetAndEpoch id) =>
        Path.Combine(directory, SnapshotName.Of(id)[..^SnapshotName.Suffix.Length] + SnapshotName.PartSuffix);

    /// <summary>Hands everything on and sees whether the footer came.</summary>
    private sealed class FooterWatch(IRecordSink sink) : IRecordSink
    {
        public bool Seen { get; private set; }

        public void Record(object record) => sink.Record(record);

        public void KRaftVersion(short level) => sink.KRaftVersion(level);

        public void Voters(IReadOnlyList<Voter> voters) => sink.Voters(voters);

        public void SnapshotHeader(long lastContainedTimestampMs) => sink.SnapshotHeader(lastContainedTimestampMs);

        public void SnapshotFooter()
        {
            Seen = true;
            sink.SnapshotFooter();
        }

        public void EndOfBatch(in BatchHeader header) => sink.EndOfBatch(header);
    }
}
