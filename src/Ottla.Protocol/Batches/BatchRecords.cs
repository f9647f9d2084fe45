using Ottla.Protocol.Codecs;
using Ottla.Protocol.Wire;

namespace Ottla.Protocol.Batches;

/// <summary>A batch of magic 2 opened for reading: its records, decompressed if need be.</summary>
/// <remarks>
/// Uncompressed records are read where they lie; others in a rented buffer that goes back with <see cref="Dispose"/>, and everything read
/// from here borrows from it. For readers of keys and values: coordinators that load, clients, tools. A broker that only checks a batch
/// uses <see cref="BatchValidator"/>, which is cheaper.
/// </remarks>
public ref struct BatchRecords
{
    /// <summary>Decompressed bytes of one batch where the caller knows no better bound: 64 times the default limit of a message.</summary>
    public const int DecompressedBytesMaxDefault = 64 << 20;

    private PooledBytes? _decompressed;

    private BatchRecords(scoped in BatchHeader header, ReadOnlySpan<byte> encoded, PooledBytes? decompressed)
    {
        Header = header;
        Encoded = encoded;
        _decompressed = decompressed;
    }

    public BatchHeader Header { get; }

    /// <summary>The records as they are encoded, decompressed.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    public readonly RecordReader GetEnumerator() => new(Header, Encoded);

    /// <summary>Opens a whole batch.</summary>
    /// <exception cref="MalformedMessageException">
    /// It is not whole, of magic 0 or 1, compressed in an unknown way or falsely, or larger than the bound; or the codec's library is
    /// missing.
    /// </exception>
    public static BatchRecords Open(ReadOnlySpan<byte> batch, int decompressedBytesMax = DecompressedBytesMaxDefault)
    {
        if (!BatchHeader.TryRead(batch, out var header) || header.SizeInBytes > batch.Length || header.Magic != BatchHeader.MagicLatest)
            throw new MalformedMessageException("These bytes are not a whole record batch of magic 2.");
        var records = batch[BatchHeader.Size..header.SizeInBytes];
        if (!header.IsCompressed) return new BatchRecords(header, records, null);

        var decompressed = new PooledBytes(records.Length);
        var outcome = Codec.Decompress(header.Compression, records, decompressed, decompressedBytesMax);
        if (outcome == CodecOutcome.Done) return new BatchRecords(header, decompressed.Written, decompressed);
        decompressed.Dispose();
        var reason = Reason(header, outcome, decompressedBytesMax);
        throw new MalformedMessageException($"The batch at offset {header.BaseOffset} cannot be decompressed: {reason}");
    }

    public void Dispose()
    {
        _decompressed?.Dispose();
        _decompressed = null;
    }

    internal static string Reason(in BatchHeader header, CodecOutcome outcome, int bytesMax) => outcome switch
    {
        CodecOutcome.TooLarge => $"it has more than {bytesMax} bytes.",
        CodecOutcome.Unavailable => Codec.For(header.Compression)!.UnavailableBecause!,
        _ when !header.HasKnownCompression => $"codec {(int)header.Compression} is unknown.",
        _ => $"it is no sound {header.Compression.ToString().ToLowerInvariant()}.",
    };
}
