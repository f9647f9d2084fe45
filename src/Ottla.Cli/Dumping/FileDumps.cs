using System.Buffers.Binary;
using System.Globalization;
using Ottla.Cli.Options;
using Ottla.Log.Producers;
using Ottla.Protocol.Batches;
using Ottla.Runtime.Files;

namespace Ottla.Cli.Dumping;

/// <summary>Prints the files beside a segment: offset index, time index, transaction index, producer snapshot.</summary>
internal sealed class FileDumps(CliContext context, bool sanityCheck, bool verifyOnly)
{
    private const int OffsetEntryBytes = 8;
    private const int TimeEntryBytes = 12;
    private const int TransactionEntryBytes = 34;

    private readonly TextWriter _out = context.Out;

    /// <exception cref="ToolException">The file is not there, or the disk refuses it.</exception>
    public static IStorageFile Open(CliContext context, string path)
    {
        try
        {
            return context.Files.Open(path, OpenFor.Reading);
        }
        catch (IOException unreadable)
        {
            throw new ToolException($"Cannot open {path}: {unreadable.Message}. Files that remain in the list were not printed.");
        }
    }

    public void PrintOffsetIndex(string path)
    {
        if (!Begin(path, OffsetEntryBytes, out var file)) return;
        using (file)
        {
            var start = StartOffset(path);
            using var log = Open(context, Path.ChangeExtension(path, ".log"));
            var mismatches = new List<(long Index, long Log)>();
            Span<byte> entry = stackalloc byte[OffsetEntryBytes];
            for (var i = 0; i < file.Length / OffsetEntryBytes; i++)
            {
                file.ReadFully((long)i * OffsetEntryBytes, entry);
                var offset = start + BinaryPrimitives.ReadInt32BigEndian(entry);
                var position = BinaryPrimitives.ReadInt32BigEndian(entry[4..]);
                if (offset == start && i > 0) break; // room that is not written yet
                var last = LastOffsetAt(log, position);
                if (last != offset) mismatches.Add((offset, last ?? -1));
                if (!verifyOnly) _out.WriteLine($"offset: {offset} position: {position}");
            }

            if (mismatches.Count > 0) context.Error.WriteLine($"Mismatches in :{path}");
            foreach (var (index, found) in mismatches) context.Error.WriteLine($"  Index offset: {index}, log offset: {found}");
        }
    }

    public void PrintTimeIndex(string path)
    {
        if (!Begin(path, TimeEntryBytes, out var file)) return;
        using (file)
        {
            var start = StartOffset(path);
            var before = long.MinValue;
            Span<byte> entry = stackalloc byte[TimeEntryBytes];
            for (var i = 0; i < file.Length / TimeEntryBytes; i++)
            {
                file.ReadFully((long)i * TimeEntryBytes, entry);
                var timestamp = BinaryPrimitives.ReadInt64BigEndian(entry);
                var offset = start + BinaryPrimitives.ReadInt32BigEndian(entry[8..]);
                if (offset == start && i > 0) break;
                if (timestamp < before)
                    context.Error.WriteLine(
                        $"Found out of order timestamp in :{path}\n  Index timestamp: {timestamp}, Previously indexed timestamp: {before}");
                before = timestamp;
                if (!verifyOnly) _out.WriteLine($"timestamp: {timestamp} offset: {offset}");
            }
        }
    }

    public void PrintTransactionIndex(string path)
    {
        using var file = Open(context, path);
        Span<byte> entry = stackalloc byte[TransactionEntryBytes];
        for (long at = 0; file.ReadFully(at, entry) == TransactionEntryBytes; at += TransactionEntryBytes)
        {
            _out.Write(
                $"version: {BinaryPrimitives.ReadInt16BigEndian(entry)} producerId: {BinaryPrimitives.ReadInt64BigEndian(entry[2..])} ");
            _out.Write(
                $"firstOffset: {BinaryPrimitives.ReadInt64BigEndian(entry[10..])} lastOffset: "
                + $"{BinaryPrimitives.ReadInt64BigEndian(entry[18..])} ");
            _out.WriteLine($"lastStableOffset: {BinaryPrimitives.ReadInt64BigEndian(entry[26..])}");
        }
    }

    public void PrintProducerSnapshot(string path)
    {
        byte[] bytes;
        try
        {
            bytes = context.Files.ReadAll(path, ProducerSnapshot.FileBytesMax);
        }
        catch (IOException unreadable)
        {
            throw new ToolException($"Cannot read {path}: {unreadable.Message}");
        }

        var producers = ProducerSnapshot.Parse(bytes, out var problem);
        if (producers is null)
        {
            context.Error.WriteLine($"{path} is no sound producer snapshot: {problem}");
            return;
        }

        foreach (var producer in producers)
        {
            var open = producer.TransactionFirstOffset >= 0 ? $"OptionalLong[{producer.TransactionFirstOffset}]" : "OptionalLong.empty";
            _out.Write(
                $"producerId: {producer.ProducerId} producerEpoch: {producer.Epoch} coordinatorEpoch: {producer.CoordinatorEpoch} "
                + $"currentTxnFirstOffset: {open} ");
            _out.Write($"lastTimestamp: {producer.LastTimestamp} ");
            if (producer.LastBatch is { } last)
                _out.Write(
                    $"firstSequence: {last.FirstSequence} lastSequence: {last.LastSequence} lastOffset: {last.LastOffset} offsetDelta: "
                    + $"{last.OffsetDelta} timestamp: {last.Timestamp}");
            _out.WriteLine();
        }
    }

    /// <summary>Opens an index; false where it is empty, or only its sanity was asked for.</summary>
    private bool Begin(string path, int entryBytes, out IStorageFile file)
    {
        file = Open(context, path);
        var proceed = !sanityCheck;
        if (sanityCheck)
        {
            if (file.Length % entryBytes != 0)
                throw new ToolException($"{path} is corrupt: {file.Length} bytes are no multiple of {entryBytes}");
            _out.WriteLine($"{path} passed sanity check.");
        }
        else if (file.Length == 0)
        {
            _out.WriteLine($"{path} is empty.");
            proceed = false;
        }

        if (!proceed) file.Dispose();
        return proceed;
    }

    private static long? LastOffsetAt(IStorageFile log, int position)
    {
        Span<byte> header = stackalloc byte[BatchHeader.Size];
        var read = log.ReadFully(position, header);
        return BatchHeader.TryRead(header[..read], out var batch) ? batch.LastOffset.Value : null;
    }

    private static long StartOffset(string path) =>
        long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var start)
            ? start : throw new ToolException($"{path} is not named as an index is: 20 digits, then its ending");
}
