using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Wire;

/// <summary>Reads the fields of messages from memory that it borrows.</summary>
/// <remarks>
/// On the stack of whoever reads. Bytes, records and unknown tags are slices of the memory given, never copies, so what was read lives as
/// long as that memory.
/// Every length is held against the bytes that remain before anything is allocated. Failure: <see cref="MalformedMessageException"/>, with
/// the position; the reader is of no use afterwards.
/// </remarks>
public ref struct MessageReader
{
    /// <summary>Shorter strings can't pass the limit, whatever they hold.</summary>
    private const int GrowingBytesMin = WireLimits.StringBytesMax / 3;

    private readonly ReadOnlyMemory<byte> _memory;
    private readonly ReadOnlySpan<byte> _span;
    private int _position;

    public MessageReader(ReadOnlyMemory<byte> memory)
    {
        _memory = memory;
        _span = memory.Span;
    }

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _position;

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => _span.Length - _position;

    public bool ReadBool() => Take(1)[0] != 0;

    public sbyte ReadInt8() => (sbyte)Take(1)[0];

    public byte ReadUInt8() => Take(1)[0];

    public short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public double ReadFloat64() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public Uuid ReadUuid() => Uuid.Read(Take(Uuid.Size));

    /// <summary>Seven bits a byte, the lowest first; at most 5 bytes.</summary>
    public uint ReadUnsignedVarint()
    {
        if (_position < _span.Length && _span[_position] < 0x80) return _span[_position++];
        ulong value = ReadVarintBits(WireLimits.VarintBytesMax);
        if (value > uint.MaxValue) Refuse("a varint exceeds 32 bits");
        return (uint)value;
    }

    /// <summary>Seven bits a byte, the lowest first; at most 10 bytes.</summary>
    public ulong ReadUnsignedVarlong() => ReadVarintBits(WireLimits.VarlongBytesMax);

    /// <summary>Zigzag-coded: small numbers of either sign are short.</summary>
    public int ReadVarint()
    {
        var value = ReadUnsignedVarint();
        return (int)(value >> 1) ^ -(int)(value & 1);
    }

    /// <summary>Zigzag-coded: small numbers of either sign are short.</summary>
    public long ReadVarlong()
    {
        var value = ReadUnsignedVarlong();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public string ReadString(bool flexible) => ReadNullableString(flexible) ?? throw Null("string");

    public string? ReadNullableString(bool flexible)
    {
        var length = flexible ? ReadCompactLength() : ReadInt16();
        if (length == -1) return null;
        if (length is < 0 or > WireLimits.StringBytesMax) Refuse($"a string of {length} bytes");
        if (length > Remaining) RefuseLength("a string", length);
        if (length == 0) return "";
        var text = Encoding.UTF8.GetString(Take(length));
        if (length > GrowingBytesMin) RefuseGrown(text);
        return text;
    }

    /// <summary>Bytes that are no UTF-8 are read as U+FFFD, as Java reads them, and take up to three times as much when they are written: what
    /// could not be written again is not taken.</summary>
    private static void RefuseGrown(string text)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > WireLimits.StringBytesMax) throw new MalformedMessageException($"a string that is no UTF-8 and would take {bytes} bytes when written");
    }

    public ReadOnlyMemory<byte> ReadBytes(bool flexible) => ReadNullableBytes(flexible) ?? throw Null("bytes");

    public ReadOnlyMemory<byte>? ReadNullableBytes(bool flexible)
    {
        var length = flexible ? ReadCompactLength() : ReadInt32();
        if (length == -1) return null;
        return Slice(length, "bytes");
    }

    public Records ReadRecords(bool flexible) => new(ReadNullableBytes(flexible) ?? throw Null("records"));

    public Records ReadNullableRecords(bool flexible) => ReadNullableBytes(flexible) is { } memory ? new Records(memory) : Records.Null;

    /// <summary>Borrows the next bytes.</summary>
    public ReadOnlyMemory<byte> Slice(int length, string what)
    {
        if (length < 0 || length > Remaining) RefuseLength(what, length);
        var slice = _memory.Slice(_position, length);
        _position += length;
        return slice;
    }

    /// <summary>Borrows whatever is left.</summary>
    public ReadOnlyMemory<byte> Rest() => Slice(Remaining, "the rest");

    /// <summary>The byte before a nullable structure.</summary>
    public bool ReadIsPresent() => ReadInt8() >= 0;

    /// <summary>The byte before a nullable structure that is a tagged field: there 0 stands for null.</summary>
    public bool ReadTaggedIsPresent() => ReadInt8() > 0;

    /// <summary>The count of an array, -1 for null.</summary>
    /// <param name="elementBytesMin">The shortest encoding of an element.</param>
    public int ReadArrayLength(bool flexible, int elementBytesMin)
    {
        var count = flexible ? ReadCompactLength() : ReadInt32();
        if (count == -1) return -1;
        if (count is < 0 or > WireLimits.ArrayElementsMax) Refuse($"an array of {count} elements");
        if ((long)count * elementBytesMin > Remaining)
            Refuse($"an array of {count} elements of at least {elementBytesMin} bytes, with {Remaining} bytes left");
        return count;
    }

    public List<sbyte> ReadInt8Array(bool flexible) => ReadNullableInt8Array(flexible) ?? throw NullArray();

    public List<sbyte>? ReadNullableInt8Array(bool flexible)
    {
        var count = ReadArrayLength(flexible, 1);
        if (count < 0) return null;
        var items = new List<sbyte>(count);
        for (; count > 0; count--) items.Add(ReadInt8());
        return items;
    }

    public List<short> ReadInt16Array(bool flexible) => ReadNullableInt16Array(flexible) ?? throw NullArray();

    public List<short>? ReadNullableInt16Array(bool flexible)
    {
        var count = ReadArrayLength(flexible, 2);
        if (count < 0) return null;
        var items = new List<short>(count);
        for (; count > 0; count--) items.Add(ReadInt16());
        return items;
    }

    public List<int> ReadInt32Array(bool flexible) => ReadNullableInt32Array(flexible) ?? throw NullArray();

    public List<int>? ReadNullableInt32Array(bool flexible)
    {
        var count = ReadArrayLength(flexible, 4);
        if (count < 0) return null;
        var items = new List<int>(count);
        for (; count > 0; count--) items.Add(ReadInt32());
        return items;
    }

    public List<long> ReadInt64Array(bool flexible) => ReadNullableInt64Array(flexible) ?? throw NullArray();

    public List<long>? ReadNullableInt64Array(bool flexible)
    {
        var count = ReadArrayLength(flexible, 8);
        if (count < 0) return null;
        var items = new List<long>(count);
        for (; count > 0; count--) items.Add(ReadInt64());
        return items;
    }

    public List<Uuid> ReadUuidArray(bool flexible) => ReadNullableUuidArray(flexible) ?? throw NullArray();

    public List<Uuid>? ReadNullableUuidArray(bool flexible)
    {
        var count = ReadArrayLength(flexible, Uuid.Size);
        if (count < 0) return null;
        var items = new List<Uuid>(count);
        for (; count > 0; count--) items.Add(ReadUuid());
        return items;
    }

    public List<string> ReadStringArray(bool flexible) => ReadNullableStringArray(flexible) ?? throw NullArray();

    public List<string>? ReadNullableStringArray(bool flexible)
    {
        var count = ReadArrayLength(flexible, flexible ? 1 : 2);
        if (count < 0) return null;
        var items = new List<string>(count);
        for (; count > 0; count--) items.Add(ReadString(flexible));
        return items;
    }

    public int ReadTagCount()
    {
        var count = ReadUnsignedVarint();
        if (count > WireLimits.TaggedFieldsMax) Refuse($"{count} tagged fields");
        return (int)count;
    }

    /// <param name="end">The position at which the field's value ends.</param>
    public int ReadTag(out int end)
    {
        var tag = ReadUnsignedVarint();
        if (tag > int.MaxValue) Refuse($"tag {tag}");
        var length = ReadUnsignedVarint();
        if (length > Remaining) RefuseLength($"the value of tag {tag}", length);
        end = _position + (int)length;
        return (int)tag;
    }

    /// <summary>Called after the value of a tagged field was read: it has to end where its length said.</summary>
    public readonly void EndTag(int end)
    {
        if (_position != end) Refuse($"a tagged field that ends at byte {_position} instead of {end}");
    }

    /// <summary>Keeps a tag that the schema does not know, in the order of tags.</summary>
    public List<UnknownTag> KeepUnknownTag(List<UnknownTag>? tags, int tag, int end)
    {
        tags ??= [];
        var kept = new UnknownTag(tag, Slice(end - _position, "the value of a tag"));
        if (tags.Count == 0 || tags[^1].Tag < tag)
        {
            tags.Add(kept);
            return tags;
        }
        Refuse($"tag {tag} after tag {tags[^1].Tag}");
        return tags;
    }

    /// <summary>An array is null where the message does not allow it.</summary>
    public readonly MalformedMessageException NullArray() => Null("array");

    private readonly MalformedMessageException Null(string what) =>
        new($"A null {what} where the message cannot have one, before byte {_position}.");

    private int ReadCompactLength()
    {
        var length = ReadUnsignedVarint();
        if (length > int.MaxValue) Refuse($"a length of {length}");
        return (int)length - 1;
    }

    private ulong ReadVarintBits(int bytesMax)
    {
        ulong value = 0;
        for (var i = 0; i < bytesMax; i++)
        {
            ulong next = Take(1)[0];
            value |= (next & 0x7f) << (7 * i);
            if (next < 0x80) return value;
        }
        Refuse($"a varint of more than {bytesMax} bytes");
        return 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)(_span.Length - _position)) RefuseEnd(count);
        var taken = _span.Slice(_position, count);
        _position += count;
        return taken;
    }

    [DoesNotReturn, MethodImpl(MethodImplOptions.NoInlining)]
    private readonly void RefuseEnd(int count) => Refuse($"{count} bytes are expected, {Remaining} are left");

    [DoesNotReturn, MethodImpl(MethodImplOptions.NoInlining)]
    private readonly void RefuseLength(string what, long length) => Refuse($"{what} of {length} bytes, with {Remaining} left");

    [DoesNotReturn]
    private readonly void Refuse(string what) => throw new MalformedMessageException($"Malformed message at byte {_position}: {what}.");
}
