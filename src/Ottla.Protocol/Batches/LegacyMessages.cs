using System.Buffers.Binary;
using Ottla.Protocol.Codecs;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Protocol.Batches;

/// <summary>A record of a message of magic 0 or 1. Its timestamp is in ms since 1970, -1 for magic 0.</summary>
public sealed record LegacyRecord(Offset Offset, long Timestamp, byte[]? Key, byte[]? Value);

/// <summary>
/// Messages of magic 0 and 1, from before Kafka 0.11: refused on produce since 4.0, still read from segments of that age.
/// </summary>
/// <remarks>
/// A plain message is a record. A compressed one holds messages in its value; those of magic 1 count their offsets from the first, and the
/// outer offset is the last one's, so that the offsets inside are known only at the end. This is for tools and recovery of old segments and
/// copies what it reads.
/// </remarks>
public static class LegacyMessages
{
    private const uint ReflectedPolynomial = 0xedb88320;

    private static readonly uint[] s_crcTable = CrcTable();
    private static readonly Lz4 s_brokenLz4 = new(anyHeaderChecksum: true);

    /// <summary>The records of one whole message with magic 0 or 1.</summary>
    /// <exception cref="MalformedMessageException">It is not what it claims to be, or decompresses to more than the bound.</exception>
    public static IReadOnlyList<LegacyRecord> Read(ReadOnlySpan<byte> message,
        int decompressedBytesMax = BatchRecords.DecompressedBytesMaxDefault)
    {
        if (!BatchHeader.TryRead(message, out var header) || header.SizeInBytes > message.Length || header.Magic > 1)
            throw new MalformedMessageException("These bytes are not a whole message of magic 0 or 1.");
        var outer = ReadOne(header, message[..header.SizeInBytes]);
        return header.IsCompressed ? ReadInner(header, outer.Value, decompressedBytesMax) : [outer];
    }

    /// <summary>Offset of the first record of a whole message with magic 0 or 1.</summary>
    /// <exception cref="MalformedMessageException">As <see cref="Read"/>.</exception>
    public static Offset BaseOffset(ReadOnlySpan<byte> message) => Read(message)[0].Offset;

    /// <summary>CRC-32 (the one of gzip) of everything from the magic on.</summary>
    internal static uint ComputeCrc(ReadOnlySpan<byte> message)
    {
        var state = uint.MaxValue;
        foreach (var value in message[BatchHeader.MagicPosition..]) state = s_crcTable[(byte)(state ^ value)] ^ state >> 8;
        return ~state;
    }

    private static List<LegacyRecord> ReadInner(in BatchHeader outer, byte[]? value, int bytesMax)
    {
        if (value is null) throw new MalformedMessageException($"The compressed message at offset {outer.LastOffset} is empty.");
        using var inner = new PooledBytes(value.Length);
        var codec = outer is { Magic: 0, Compression: CompressionType.Lz4 } ? s_brokenLz4 : Codec.For(outer.Compression);
        var outcome = codec is null || outer.Compression == CompressionType.Zstd ? CodecOutcome.Malformed
            : Codec.Decompress(codec, value, inner, bytesMax);
        if (outcome != CodecOutcome.Done)
        {
            var reason = BatchRecords.Reason(outer, outcome, bytesMax);
            throw new MalformedMessageException($"The message at offset {outer.LastOffset} cannot be decompressed: {reason}");
        }


        var records = new List<LegacyRecord>();
        var messages = new BatchReader(inner.Written, checkCrc: true);
        while (messages.Next())
        {
            var header = messages.Header;
            if (header.Magic != outer.Magic || header.IsCompressed)
                throw new MalformedMessageException($"The compressed message at offset {outer.LastOffset} holds messages of another kind.");
            records.Add(ReadOne(header, messages.Current));
        }

        if (messages.End != BatchesEnd.Whole || records.Count == 0)
            throw new MalformedMessageException($"The compressed message at offset {outer.LastOffset} is not whole inside.");
        return Placed(outer, records);
    }

    private static List<LegacyRecord> Placed(in BatchHeader outer, List<LegacyRecord> records)
    {
        if (outer.Magic == 0) return records;
        var shift = outer.LastOffset - records[^1].Offset;
        for (var i = 0; i < records.Count; i++)
        {
            var timestamp = outer.TimestampType == TimestampType.LogAppendTime ? outer.MaxTimestamp : records[i].Timestamp;
            records[i] = records[i] with { Offset = records[i].Offset + shift, Timestamp = timestamp };
        }

        return records;
    }

    private static LegacyRecord ReadOne(in BatchHeader header, ReadOnlySpan<byte> message)
    {
        var rest = message[(BatchHeader.HeaderBytes(header.Magic) - 2 * sizeof(int))..];
        var key = Field(header, ref rest);
        var value = Field(header, ref rest);
        if (!rest.IsEmpty) throw new MalformedMessageException($"The message at offset {header.LastOffset} is longer than its fields.");
        return new LegacyRecord(header.LastOffset, header.MaxTimestamp, key, value);
    }

    private static byte[]? Field(in BatchHeader header, ref ReadOnlySpan<byte> rest)
    {
        var length = rest.Length < sizeof(int) ? int.MaxValue : BinaryPrimitives.ReadInt32BigEndian(rest);
        if (length > rest.Length - sizeof(int))
            throw new MalformedMessageException($"The message at offset {header.LastOffset} has a field that does not fit.");
        var field = NullableBytes.Slice(rest, sizeof(int), length);
        rest = rest[(sizeof(int) + field.Length)..];
        return field.ToArray();
    }

    private static uint[] CrcTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? ReflectedPolynomial ^ value >> 1 : value >> 1;
            table[i] = value;
        }

        return table;
    }
}
