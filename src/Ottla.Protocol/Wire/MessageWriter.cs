using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Wire;

/// <summary>A place in a written message at which bytes belong that lie elsewhere: they go out between the buffer's bytes before and
/// after.</summary>
/// <param name="Position">Position in the buffer.</param>
public readonly record struct Splice(int Position, IRecordsSource Source);

/// <summary>A place in what a writer has written.</summary>
public readonly record struct WriterMark(int Length, int Splices);

/// <summary>Writes the fields of messages into one growing buffer.</summary>
/// <remarks>
/// Owned by one connection or loop; reused by <see cref="Reset"/>, its buffer goes back to the shared pool with <see cref="Dispose"/>.
/// Records that lie in a file are not copied, unless they are few: only their length is written, and <see cref="Splices"/> says where they
/// belong; the sources are disposed by whoever sends or drops them.
/// Sizes are not computed beforehand: a frame's length is patched, and the value of a tagged field moves up by a byte in the rare case that
/// its length takes two.
/// </remarks>
public sealed class MessageWriter : IDisposable
{
    private const int FirstBytes = 512;

    /// <summary>Records up to this size are read into the buffer: one read and one send cost less than a send, a sendfile and another
    /// send.</summary>
    private const int CopiedRecordsBytes = 16 << 10;

    /// <summary>A larger buffer is left to the garbage collector: the shared pool would keep one of a rare size for good.</summary>
    private const int PooledBytesMax = 2 << 20;

    private readonly List<Splice> _splices = [];
    private byte[] _buffer;
    private int _length;
    private int _spliced;

    public MessageWriter(int capacity = FirstBytes) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>Bytes in the buffer, without those that lie elsewhere.</summary>
    public int Length => _length;

    /// <summary>Bytes of the whole message, wherever they lie.</summary>
    public int TotalLength => checked(_length + _spliced);

    public IReadOnlyList<Splice> Splices => _splices;

    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    public ReadOnlySpan<byte> WrittenSpan => _buffer.AsSpan(0, _length);

    /// <summary>Forgets what was written and keeps the buffer.</summary>
    public void Reset()
    {
        _length = 0;
        _spliced = 0;
        _splices.Clear();
    }

    /// <summary>As <see cref="Reset"/>; a buffer above a size goes back, for one of the usual.</summary>
    /// <returns>The bytes that went back.</returns>
    public int Reset(int keptBytesMax)
    {
        Reset();
        var length = _buffer.Length;
        if (length <= keptBytesMax) return 0;
        Return(_buffer);
        _buffer = ArrayPool<byte>.Shared.Rent(FirstBytes);
        return length;
    }

    /// <summary>Where the writer stands, to go back to.</summary>
    public WriterMark Mark => new(_length, _splices.Count);

    /// <summary>Takes back what was written since; records that were to be spliced in are disposed of.</summary>
    public void Rewind(WriterMark mark)
    {
        for (var i = mark.Splices; i < _splices.Count; i++)
        {
            _spliced -= _splices[i].Source.Length;
            _splices[i].Source.Dispose();
        }

        _splices.RemoveRange(mark.Splices, _splices.Count - mark.Splices);
        _length = mark.Length;
    }

    public void Dispose()
    {
        Reset();
        Return(_buffer);
        _buffer = [];
    }

    public void WriteBool(bool value) => Take(1)[0] = value ? (byte)1 : (byte)0;

    public void WriteInt8(sbyte value) => Take(1)[0] = (byte)value;

    public void WriteUInt8(byte value) => Take(1)[0] = value;

    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(Take(2), value);

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), value);

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(4), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Take(8), value);

    public void WriteFloat64(double value) => BinaryPrimitives.WriteDoubleBigEndian(Take(8), value);

    public void WriteUuid(Uuid value) => value.Write(Take(Uuid.Size));

    /// <summary>Replaces four bytes written before: a frame's length, once it is known.</summary>
    public void PatchInt32(int position, int value) => BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(0, _length)[position..], value);

    /// <summary>Bytes as they are, without a length.</summary>
    public void WriteRaw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>Seven bits a byte, the lowest first.</summary>
    public void WriteUnsignedVarint(uint value)
    {
        while (value >= 0x80)
        {
            WriteUInt8((byte)(value | 0x80));
            value >>= 7;
        }
        WriteUInt8((byte)value);
    }

    /// <summary>Seven bits a byte, the lowest first.</summary>
    public void WriteUnsignedVarlong(ulong value)
    {
        while (value >= 0x80)
        {
            WriteUInt8((byte)(value | 0x80));
            value >>= 7;
        }
        WriteUInt8((byte)value);
    }

    /// <summary>Zigzag-coded: small numbers of either sign are short.</summary>
    public void WriteVarint(int value) => WriteUnsignedVarint((uint)(value << 1 ^ value >> 31));

    /// <summary>Zigzag-coded: small numbers of either sign are short.</summary>
    public void WriteVarlong(long value) => WriteUnsignedVarlong((ulong)(value << 1 ^ value >> 63));

    public void WriteNullableString(string? value, bool flexible)
    {
        if (value is not null) WriteString(value, flexible);
        else if (flexible) WriteUnsignedVarint(0);
        else WriteInt16(-1);
    }

    /// <exception cref="InvalidOperationException">The string takes more than 32767 bytes, which the protocol cannot carry.</exception>
    public void WriteString(string value, bool flexible)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        if (length > WireLimits.StringBytesMax)
            throw new InvalidOperationException($"A string of {length} bytes cannot be sent; the limit is {WireLimits.StringBytesMax}.");
        if (flexible) WriteUnsignedVarint((uint)length + 1);
        else WriteInt16((short)length);
        Encoding.UTF8.GetBytes(value, Take(length));
    }

    public void WriteNullableBytes(ReadOnlyMemory<byte>? value, bool flexible)
    {
        WriteLength(value?.Length ?? -1, flexible);
        if (value is { } bytes) WriteRaw(bytes.Span);
    }

    public void WriteBytes(ReadOnlyMemory<byte> value, bool flexible)
    {
        WriteLength(value.Length, flexible);
        WriteRaw(value.Span);
    }

    public void WriteNullableRecords(Records value, bool flexible)
    {
        if (value.IsNull) WriteLength(-1, flexible);
        else WriteRecords(value, flexible);
    }

    /// <summary>Null is written as no records at all.</summary>
    /// <exception cref="IOException">Records of a file that are copied can't be read.</exception>
    public void WriteRecords(Records value, bool flexible)
    {
        WriteLength(value.Length, flexible);
        if (value.Source is null)
        {
            WriteRaw(value.Memory.Span);
            return;
        }

        if (value.Length <= CopiedRecordsBytes)
        {
            using var source = value.Source;
            if (source.ReadInto(Take(value.Length)) != value.Length) throw new IOException("The records that were to be sent are not there any more");
            return;
        }

        _splices.Add(new Splice(_length, value.Source));
        _spliced = checked(_spliced + value.Length);
    }

    /// <summary>The byte before a nullable structure; hands its argument on.</summary>
    public bool WriteIsPresent(bool present)
    {
        WriteInt8(present ? (sbyte)1 : (sbyte)-1);
        return present;
    }

    /// <summary>For a nullable structure that is a tagged field: there 0 stands for null.</summary>
    public bool WriteTaggedIsPresent(bool present)
    {
        WriteInt8(present ? (sbyte)1 : (sbyte)0);
        return present;
    }

    /// <param name="count">-1 for null.</param>
    public void WriteArrayLength(int count, bool flexible) => WriteLength(count, flexible);

    public void WriteInt8Array(List<sbyte>? items, bool flexible) => WriteInt8Items(items, 0, flexible);

    public void WriteNullableInt8Array(List<sbyte>? items, bool flexible) => WriteInt8Items(items, -1, flexible);

    public void WriteInt16Array(List<short>? items, bool flexible) => WriteInt16Items(items, 0, flexible);

    public void WriteNullableInt16Array(List<short>? items, bool flexible) => WriteInt16Items(items, -1, flexible);

    public void WriteInt32Array(List<int>? items, bool flexible) => WriteInt32Items(items, 0, flexible);

    public void WriteNullableInt32Array(List<int>? items, bool flexible) => WriteInt32Items(items, -1, flexible);

    public void WriteInt64Array(List<long>? items, bool flexible) => WriteInt64Items(items, 0, flexible);

    public void WriteNullableInt64Array(List<long>? items, bool flexible) => WriteInt64Items(items, -1, flexible);

    public void WriteUuidArray(List<Uuid>? items, bool flexible) => WriteUuidItems(items, 0, flexible);

    public void WriteNullableUuidArray(List<Uuid>? items, bool flexible) => WriteUuidItems(items, -1, flexible);

    public void WriteStringArray(List<string>? items, bool flexible) => WriteStringItems(items, 0, flexible);

    public void WriteNullableStringArray(List<string>? items, bool flexible) => WriteStringItems(items, -1, flexible);

    /// <summary>The tagged section of a structure that has no tagged fields of its own.</summary>
    public void WriteUnknownTags(List<UnknownTag>? unknown)
    {
        if (unknown is null or { Count: 0 })
        {
            WriteUInt8(0);
            return;
        }
        new TagSection(this, unknown).Complete();
    }

    /// <summary>Writes a length before bytes that are already there, moving them up.</summary>
    /// <param name="position">Where the bytes begin; one byte stands reserved before it.</param>
    /// <param name="value">The length.</param>
    internal void InsertVarint(int position, uint value)
    {
        var extra = VarintBytes(value) - 1;
        if (extra > 0)
        {
            Take(extra);
            _buffer.AsSpan(position, _length - extra - position).CopyTo(_buffer.AsSpan(position + extra));
            for (var i = _splices.Count - 1; i >= 0 && _splices[i].Position >= position; i--)
                _splices[i] = _splices[i] with { Position = _splices[i].Position + extra };
        }
        var at = position - 1;
        for (; value >= 0x80; value >>= 7) _buffer[at++] = (byte)(value | 0x80);
        _buffer[at] = (byte)value;
    }

    private static int VarintBytes(uint value)
    {
        var bytes = 1;
        while ((value >>= 7) > 0) bytes++;
        return bytes;
    }

    private void WriteInt8Items(List<sbyte>? items, int whenNull, bool flexible)
    {
        WriteLength(items?.Count ?? whenNull, flexible);
        if (items is null) return;
        foreach (var item in items) WriteInt8(item);
    }

    private void WriteInt16Items(List<short>? items, int whenNull, bool flexible)
    {
        WriteLength(items?.Count ?? whenNull, flexible);
        if (items is null) return;
        foreach (var item in items) WriteInt16(item);
    }

    private void WriteInt32Items(List<int>? items, int whenNull, bool flexible)
    {
        WriteLength(items?.Count ?? whenNull, flexible);
        if (items is null) return;
        foreach (var item in items) WriteInt32(item);
    }

    private void WriteInt64Items(List<long>? items, int whenNull, bool flexible)
    {
        WriteLength(items?.Count ?? whenNull, flexible);
        if (items is null) return;
        foreach (var item in items) WriteInt64(item);
    }

    private void WriteUuidItems(List<Uuid>? items, int whenNull, bool flexible)
    {
        WriteLength(items?.Count ?? whenNull, flexible);
        if (items is null) return;
        foreach (var item in items) WriteUuid(item);
    }

    private void WriteStringItems(List<string>? items, int whenNull, bool flexible)
    {
        WriteLength(items?.Count ?? whenNull, flexible);
        if (items is null) return;
        foreach (var item in items) WriteString(item, flexible);
    }

    private void WriteLength(int length, bool flexible)
    {
        if (flexible) WriteUnsignedVarint((uint)(length + 1));
        else WriteInt32(length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Take(int count)
    {
        if (count > _buffer.Length - _length) Grow(count);
        var taken = _buffer.AsSpan(_length, count);
        _length += count;
        return taken;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int count)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        var needed = checked(_length + count);
        var wanted = (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _buffer.Length));
        var larger = wanted <= PooledBytesMax ? ArrayPool<byte>.Shared.Rent(wanted) : GC.AllocateUninitializedArray<byte>(wanted);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        Return(_buffer);
        _buffer = larger;
    }

    private static void Return(byte[] buffer)
    {
        if (buffer.Length is > 0 and <= PooledBytesMax) ArrayPool<byte>.Shared.Return(buffer);
    }
}
