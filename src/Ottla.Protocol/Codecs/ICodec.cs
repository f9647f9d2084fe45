using System.Buffers;
using Ottla.Protocol.Batches;

namespace Ottla.Protocol.Codecs;

/// <summary>How a compression or decompression ended.</summary>
public enum CodecOutcome : byte
{
    Done,

    /// <summary>Bytes that the codec cannot have written.</summary>
    Malformed,

    /// <summary>More comes out than the caller allows: a compression bomb, or a bound set too low.</summary>
    TooLarge,

    /// <summary>The codec's library is not installed here; <see cref="ICodec.UnavailableBecause"/> names it.</summary>
    Unavailable,
}

/// <summary>One way to compress the records of a batch.</summary>
/// <remarks>
/// Stateless to its callers; any thread. Contexts of native libraries are pooled inside, a few of them. What comes out of decompression is
/// bounded by the caller before a byte of it exists. Outcomes are values: hostile bytes are nothing exceptional to a broker.
/// </remarks>
public interface ICodec
{
    CompressionType Type { get; }

    /// <summary>Null if the codec works here; otherwise which library is missing and what to do.</summary>
    string? UnavailableBecause { get; }

    /// <summary>
    /// Compresses <paramref name="source"/> as Kafka's own producer frames it. A level out of the codec's range is taken to the nearest in
    /// it.
    /// </summary>
    CodecOutcome Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> target, int level);

    /// <summary>
    /// The most bytes that <paramref name="source"/> can decompress to, read from its framing without decompressing it: -1 if that is
    /// malformed already, <see cref="long.MaxValue"/> if the format doesn't tell. It may be more than <see cref="Decompress"/> ends up
    /// with, never less.
    /// </summary>
    long DecompressedBytesMax(ReadOnlySpan<byte> source);

    /// <summary>
    /// Decompresses at once. <paramref name="target"/> has room for <see cref="DecompressedBytesMax"/>, which must be known.
    /// </summary>
    CodecOutcome Decompress(ReadOnlySpan<byte> source, Span<byte> target, out int written);

    /// <summary>
    /// Decompresses piece by piece, for what is too large to have in memory. The source stays pinned until the decompressor is disposed.
    /// </summary>
    unsafe Decompressor Open(byte* source, int sourceBytes);

    /// <summary>Compresses piece by piece, into the same format as <see cref="Compress"/>. The codec must be there
    /// (<see cref="UnavailableBecause"/>).</summary>
    Compressor OpenCompressor(IBufferWriter<byte> target, int level);
}
