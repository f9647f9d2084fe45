using System.Buffers.Binary;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Codecs;

/// <summary>One block of the Snappy format: a length, then literals and copies of what came before.</summary>
/// <remarks>Managed and safe: every index is checked. Needs no buffer of its own, which a library that returns arrays would.</remarks>
internal static class SnappyBlock
{
    /// <summary>A copy takes 3 bytes and gives 64 at most; a length beyond that is a lie, and nothing is allocated for it.</summary>
    private const int ExpansionMax = 22;

    private const int HashBits = 13;
    private const int MatchBytesMin = 4;

    /// <summary>Blocks of this size at most are compressed, so that every copy's offset fits in two bytes.</summary>
    internal const int SourceBytesMax = 64 << 10;

    public static int CompressedBytesMax(int sourceBytes) => 32 + sourceBytes + sourceBytes / 6;

    /// <summary>The length that the block claims to have: false if it can't be.</summary>
    public static bool TryReadLength(ReadOnlySpan<byte> block, out int length, out int headerBytes)
    {
        length = 0;
        headerBytes = 0;
        if (!Varint.TryReadUnsigned(block, ref headerBytes, out var claimed)
            || claimed > (ulong)(block.Length - headerBytes) * ExpansionMax)
            return false;
        if (claimed > Array.MaxLength) return false;
        length = (int)claimed;
        return true;
    }

    /// <summary>Decompresses into <paramref name="target"/>, which is exactly as long as the block claims to be.</summary>
    public static bool TryDecompress(ReadOnlySpan<byte> elements, Span<byte> target)
    {
        int at = 0, written = 0;
        while (at < elements.Length)
        {
            var tag = elements[at++];
            if ((tag & 3) == 0)
            {
                if (!TryReadLiteralLength(elements, tag, ref at, out var literal)) return false;
                if (literal > (uint)(elements.Length - at) || literal > (uint)(target.Length - written)) return false;
                elements.Slice(at, (int)literal).CopyTo(target[written..]);
                at += (int)literal;
                written += (int)literal;
                continue;
            }

            if (!TryReadCopy(elements, tag, ref at, out var length, out var offset)) return false;
            if (offset == 0 || offset > (uint)written || length > target.Length - written) return false;
            CopyWithin(target, written, (int)offset, length);
            written += length;
        }

        return written == target.Length;
    }

    /// <summary>
    /// Compresses at most <see cref="SourceBytesMax"/>; <paramref name="target"/> has room for <see cref="CompressedBytesMax"/>.
    /// </summary>
    public static int Compress(ReadOnlySpan<byte> source, Span<byte> target)
    {
        Invariant.That(source.Length <= SourceBytesMax);
        Span<ushort> seen = stackalloc ushort[1 << HashBits];
        seen.Clear();
        var written = Varint.WriteUnsigned(target, (uint)source.Length);
        int literalStart = 0, at = 0;
        while (at + MatchBytesMin <= source.Length)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(source[at..]);
            ref var slot = ref seen[(int)(word * 0x1e35a7bd >> 32 - HashBits)];
            int candidate = slot;
            slot = (ushort)at;
            if (candidate >= at || BinaryPrimitives.ReadUInt32LittleEndian(source[candidate..]) != word)
            {
                at += 1 + (at - literalStart >> 5);
                continue;
            }

            var length = MatchBytesMin + source[(at + MatchBytesMin)..].CommonPrefixLength(source[(candidate + MatchBytesMin)..]);
            written += WriteLiteral(target[written..], source[literalStart..at]);
            written += WriteCopy(target[written..], at - candidate, length);
            at += length;
            literalStart = at;
        }

        return written + WriteLiteral(target[written..], source[literalStart..]);
    }

    /// <summary>Repeats what stands <paramref name="offset"/> bytes back; source and target may overlap, which repeats a pattern.</summary>
    internal static void CopyWithin(Span<byte> bytes, int position, int offset, int length)
    {
        while (length > 0)
        {
            var step = Math.Min(offset, length);
            bytes.Slice(position - offset, step).CopyTo(bytes.Slice(position, step));
            position += step;
            length -= step;
            offset += step;
        }
    }

    private static bool TryReadLiteralLength(ReadOnlySpan<byte> elements, byte tag, ref int at, out uint length)
    {
        length = (uint)(tag >> 2);
        if (length >= 60)
        {
            var bytes = (int)length - 59;
            if (bytes > elements.Length - at) return false;
            length = 0;
            for (var i = 0; i < bytes; i++) length |= (uint)elements[at++] << 8 * i;
        }

        return ++length != 0;
    }

    private static bool TryReadCopy(ReadOnlySpan<byte> elements, byte tag, ref int at, out int length, out uint offset)
    {
        var offsetBytes = (tag & 3) switch { 1 => 1, 2 => 2, _ => 4 };
        length = offsetBytes == 1 ? 4 + (tag >> 2 & 7) : 1 + (tag >> 2);
        offset = 0;
        if (offsetBytes > elements.Length - at) return false;
        offset = offsetBytes switch
        {
            1 => (uint)(tag >> 5) << 8 | elements[at],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(elements[at..]),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(elements[at..]),
        };
        at += offsetBytes;
        return true;
    }

    private static int WriteLiteral(Span<byte> target, ReadOnlySpan<byte> literal)
    {
        if (literal.IsEmpty) return 0;
        var length = literal.Length - 1;
        var written = 1;
        if (length < 60)
        {
            target[0] = (byte)(length << 2);
        }
        else
        {
            var bytes = length < 1 << 8 ? 1 : 2;
            target[0] = (byte)(59 + bytes << 2);
            for (var i = 0; i < bytes; i++) target[written++] = (byte)(length >> 8 * i);
        }

        literal.CopyTo(target[written..]);
        return written + literal.Length;
    }

    private static int WriteCopy(Span<byte> target, int offset, int length)
    {
        var written = 0;
        while (length > 0)
        {
            // No rest below four bytes: it could not be written in the short form.
            var part = length <= 64 ? length : Math.Min(64, length - MatchBytesMin);
            if (part is >= 4 and <= 11 && offset < 2048)
            {
                target[written++] = (byte)(1 | part - 4 << 2 | offset >> 8 << 5);
                target[written++] = (byte)offset;
            }
            else
            {
                target[written++] = (byte)(2 | part - 1 << 2);
                BinaryPrimitives.WriteUInt16LittleEndian(target[written..], (ushort)offset);
                written += 2;
            }

            length -= part;
        }

        return written;
    }
}
