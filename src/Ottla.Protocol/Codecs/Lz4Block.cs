using System.Buffers.Binary;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Codecs;

/// <summary>One LZ4 block, managed: what serves where liblz4 is not installed, so that LZ4 always works.</summary>
internal static class Lz4Block
{
    private const int HashBits = 12;
    private const int MatchBytesMin = 4;

    /// <summary>The format ends in at least five literals, and its last match begins at least twelve bytes before the end.</summary>
    private const int LiteralsAtEnd = 5;
    private const int MatchFreeAtEnd = 12;

    /// <summary>Blocks of this size at most are compressed, so that every match's offset fits in two bytes.</summary>
    internal const int SourceBytesMax = 64 << 10;

    public static int CompressedBytesMax(int sourceBytes) => sourceBytes + sourceBytes / 255 + 16;

    /// <summary>Decompresses a whole block: its length, or -1 if it is malformed or longer than <paramref name="target"/>.</summary>
    public static int Decompress(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int at = 0, written = 0;
        while (at < source.Length)
        {
            var token = source[at++];
            if (!TryReadLength(source, token >> 4, ref at, out var literals)) return -1;
            if (literals > source.Length - at || literals > target.Length - written) return -1;
            source.Slice(at, literals).CopyTo(target[written..]);
            at += literals;
            written += literals;
            if (at == source.Length) return written;

            if (source.Length - at < 2) return -1;
            int offset = BinaryPrimitives.ReadUInt16LittleEndian(source[at..]);
            at += 2;
            if (!TryReadLength(source, token & 15, ref at, out var match)) return -1;
            match += MatchBytesMin;
            if (offset == 0 || offset > written || match > target.Length - written) return -1;
            SnappyBlock.CopyWithin(target, written, offset, match);
            written += match;
        }

        return -1;
    }

    /// <summary>
    /// Compresses at most <see cref="SourceBytesMax"/>; <paramref name="target"/> has room for <see cref="CompressedBytesMax"/>.
    /// </summary>
    public static int Compress(ReadOnlySpan<byte> source, Span<byte> target)
    {
        Invariant.That(source.Length <= SourceBytesMax);
        Span<ushort> seen = stackalloc ushort[1 << HashBits];
        seen.Clear();
        int literalStart = 0, at = 0, written = 0;
        while (at + MatchFreeAtEnd <= source.Length)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(source[at..]);
            ref var slot = ref seen[(int)(word * 2654435761 >> 32 - HashBits)];
            int candidate = slot;
            slot = (ushort)at;
            if (candidate >= at || BinaryPrimitives.ReadUInt32LittleEndian(source[candidate..]) != word)
            {
                at += 1 + (at - literalStart >> 6);
                continue;
            }

            var length = MatchBytesMin
                + source[(at + MatchBytesMin)..^LiteralsAtEnd].CommonPrefixLength(source[(candidate + MatchBytesMin)..]);
            written += WriteLiterals(target[written..], source[literalStart..at], length - MatchBytesMin);
            BinaryPrimitives.WriteUInt16LittleEndian(target[written..], (ushort)(at - candidate));
            written += 2;
            written += WriteLengthRest(target[written..], length - MatchBytesMin);
            at += length;
            literalStart = at;
        }

        return written + WriteLiterals(target[written..], source[literalStart..], 0);
    }

    private static bool TryReadLength(ReadOnlySpan<byte> source, int nibble, ref int at, out int length)
    {
        length = nibble;
        if (nibble < 15) return true;
        while (at < source.Length)
        {
            var more = source[at++];
            length += more;
            if (more < 255) return true;
        }

        return false;
    }

    private static int WriteLiterals(Span<byte> target, ReadOnlySpan<byte> literals, int match)
    {
        target[0] = (byte)(Math.Min(literals.Length, 15) << 4 | Math.Min(match, 15));
        var written = 1 + WriteLengthRest(target[1..], literals.Length);
        literals.CopyTo(target[written..]);
        return written + literals.Length;
    }

    private static int WriteLengthRest(Span<byte> target, int length)
    {
        if (length < 15) return 0;
        var written = 0;
        for (length -= 15; length >= 255; length -= 255) target[written++] = 255;
        target[written++] = (byte)length;
        return written;
    }
}
