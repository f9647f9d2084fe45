using Ottla.Cli.Options;
using Ottla.Log.Segments;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Files;

namespace Ottla.Cli.Dumping;

/// <summary>Prints a segment or a snapshot of the metadata log: a line a batch, and a line a record where they are asked for.</summary>
/// <remarks>Reads batch by batch, whatever the file's size. Batches with a wrong checksum are printed as such; what is no batch ends the
/// file.</remarks>
internal sealed class LogDump(CliContext context, DumpSettings settings)
{
    private readonly TextWriter _out = context.Out;
    private readonly List<(long Last, long Next)> _gaps = [];
    private long _lastOffset = -1;

    /// <exception cref="ToolException">The file is not there.</exception>
    public void Print(string path)
    {
        _out.WriteLine(Heading(Path.GetFileName(path)));
        using var file = FileDumps.Open(context, path);
        var length = (int)Math.Min(file.Length, settings.MaxBytes);
        using var batches = new BatchScanner(file, 0, length);
        while (batches.Next())
        {
            Print(batches.Header, batches.Bytes, batches.Position);
            if (settings.Deep) PrintRecords(batches.Header, batches.Bytes);
        }

        var rest = file.Length - batches.NextPosition;
        if (rest > 0 && settings.MaxBytes == int.MaxValue)
            _out.WriteLine($"Found {rest} invalid bytes at the end of {Path.GetFileName(path)}");
        if (_gaps.Count == 0) return;
        context.Error.WriteLine($"Non-consecutive offsets in {path}");
        foreach (var (last, next) in _gaps) context.Error.WriteLine($"  {last} is followed by {next}");
    }

    /// <summary>The offset in the file's name; for a snapshot its end and epoch.</summary>
    private static string Heading(string name)
    {
        var stem = Path.GetFileNameWithoutExtension(name);
        var dash = stem.IndexOf('-', StringComparison.Ordinal);
        if (dash > 0 && long.TryParse(stem.AsSpan(0, dash), out var end) && int.TryParse(stem.AsSpan(dash + 1), out var epoch))
            return $"Snapshot end offset: {end}, epoch: {epoch}";
        if (!long.TryParse(stem, out var start)) throw new ToolException($"{name} is not named as a segment is: 20 digits, then .log");
        return $"Log starting offset: {start}";
    }

    private void Print(in BatchHeader batch, ReadOnlySpan<byte> bytes, int position)
    {
        if (batch.Magic == BatchHeader.MagicLatest)
        {
            _out.Write(
                $"baseOffset: {batch.BaseOffset} lastOffset: {batch.LastOffset} count: {batch.RecordCount} baseSequence: "
                + $"{batch.BaseSequence} lastSequence: {batch.LastSequence} ");
            _out.Write(
                $"producerId: {batch.ProducerId} producerEpoch: {batch.ProducerEpoch} partitionLeaderEpoch: {batch.PartitionLeaderEpoch} ");
            _out.Write($"isTransactional: {Word(batch.IsTransactional)} isControl: {Word(batch.IsControl)} ");
            _out.Write($"deleteHorizonMs: {(batch.HasDeleteHorizon ? $"OptionalLong[{batch.BaseTimestamp}]" : "OptionalLong.empty")}");
        }
        else
        {
            _out.Write($"offset: {batch.LastOffset}");
        }

        _out.Write(
            $" position: {position} {TimestampName(batch.TimestampType)}: {batch.MaxTimestamp} size: {batch.SizeInBytes} magic: "
            + $"{batch.Magic} ");
        _out.WriteLine($"compresscodec: {CodecName(batch.Compression)} crc: {batch.Crc} isvalid: {Word(batch.HasValidCrc(bytes))}");
    }

    private void PrintRecords(in BatchHeader batch, ReadOnlySpan<byte> bytes)
    {
        if (batch.Magic != BatchHeader.MagicLatest) return;
        try
        {
            using var records = BatchRecords.Open(bytes);
            foreach (var record in records)
            {
                if (record.Offset.Value != _lastOffset + 1) _gaps.Add((_lastOffset, record.Offset.Value));
                _lastOffset = record.Offset.Value;
                Print(batch, record);
            }
        }
        catch (MalformedMessageException malformed)
        {
            throw new ToolException(malformed.Message);
        }
    }

    private void Print(in BatchHeader batch, in Record record)
    {
        if (batch.IsControl && settings.SkipMetadata) return;
        _out.Write('|');
        if (!settings.SkipMetadata)
        {
            var sequence = batch.BaseSequence == BatchHeader.None ? BatchHeader.None
                : BatchHeader.AddToSequence(batch.BaseSequence, (int)(record.Offset - batch.BaseOffset));
            _out.Write($" offset: {record.Offset} {TimestampName(batch.TimestampType)}: {record.Timestamp} ");
            _out.Write($"keySize: {Size(record.Key)} valueSize: {Size(record.Value)} sequence: {sequence} headerKeys: [");
            var first = true;
            foreach (var header in record.Headers)
            {
                if (!first) _out.Write(',');
                first = false;
                _out.Write(header.Key);
            }

            _out.Write(']');
        }

        if (batch.IsControl) PrintControl(record);
        else if (settings.Data) PrintData(record);
        _out.WriteLine();
    }

    private void PrintData(in Record record)
    {
        var decoded = settings.Decoder.Decode(record.Offset.Value, Copy(record.Key), Copy(record.Value));
        if (decoded.Key is { } key) _out.Write($" key: {key}");
        if (decoded.Value is { } value) _out.Write($" payload: {value}");
    }

    private void PrintControl(in Record record)
    {
        var type = ControlRecord.TypeOf(record.Key);
        switch (type)
        {
            case ControlRecordType.Abort or ControlRecordType.Commit:
                _out.Write(
                    $" endTxnMarker: {(type == ControlRecordType.Abort ? "ABORT" : "COMMIT")} coordinatorEpoch: "
                    + $"{ControlRecord.CoordinatorEpochOf(record.Value)}");
                break;
            case ControlRecordType.LeaderChange:
                _out.Write($" LeaderChange: {Json<LeaderChangeMessage>(record.Value)}");
                break;
            case ControlRecordType.SnapshotHeader:
                _out.Write($" SnapshotHeader {Json<SnapshotHeaderRecord>(record.Value)}");
                break;
            case ControlRecordType.SnapshotFooter:
                _out.Write($" SnapshotFooter {Json<SnapshotFooterRecord>(record.Value)}");
                break;
            case ControlRecordType.KRaftVersion:
                _out.Write($" KRaftVersion {Json<KRaftVersionRecord>(record.Value)}");
                break;
            case ControlRecordType.KRaftVoters:
                _out.Write($" KRaftVoters {Json<VotersRecord>(record.Value)}");
                break;
            default:
                _out.Write(" controlType: UNKNOWN");
                break;
        }
    }

    /// <summary>A control record's value begins with its version, in two bytes that are a field of the message too.</summary>
    private static string Json<T>(NullableBytes value) where T : IMessage<T>, IJsonMessage
    {
        var bytes = value.ToArray() ?? [];
        var peek = new MessageReader(bytes);
        var version = Math.Min(peek.ReadInt16(), T.Versions.Max);
        var reader = new MessageReader(bytes);
        var json = new JsonText();
        T.Read(ref reader, version).WriteJson(json, version);
        return json.ToString();
    }

    private static ReadOnlyMemory<byte>? Copy(NullableBytes bytes) => bytes.IsNull ? (ReadOnlyMemory<byte>?)null : bytes.Span.ToArray();

    private static int Size(NullableBytes bytes) => bytes.IsNull ? -1 : bytes.Length;

    private static string Word(bool value) => value ? "true" : "false";

    private static string TimestampName(TimestampType type) => type == TimestampType.None ? "NoTimestampType" : type.ToString();

    private static string CodecName(CompressionType codec) => codec.ToString().ToLowerInvariant();
}
