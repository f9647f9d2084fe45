using System.Runtime.CompilerServices;

namespace Ottla.Protocol.Batches;

/// <summary>Bytes that may be null, which is not the same as empty: a record without key or value. Borrows what it was made from.</summary>
public readonly ref struct NullableBytes
{
    private readonly bool _present;

    public NullableBytes(ReadOnlySpan<byte> span)
    {
        Span = span;
        _present = true;
    }

    public static NullableBytes Null => default;

    public bool IsNull => !_present;

    /// <summary>The bytes; empty where null.</summary>
    public ReadOnlySpan<byte> Span { get; }

    public int Length => Span.Length;

    /// <summary>A copy, or null.</summary>
    public byte[]? ToArray() => _present ? Span.ToArray() : null;

    public static implicit operator NullableBytes(byte[]? bytes) => bytes is null ? default : new NullableBytes(bytes);

    public static implicit operator NullableBytes(ReadOnlySpan<byte> bytes) => new(bytes);

    public static implicit operator NullableBytes(Span<byte> bytes) => new(bytes);

    public static implicit operator NullableBytes(ReadOnlyMemory<byte> bytes) => new(bytes.Span);

    public static implicit operator NullableBytes(ReadOnlyMemory<byte>? bytes) =>
        bytes is { } present ? new NullableBytes(present.Span) : default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static NullableBytes Slice(ReadOnlySpan<byte> bytes, int start, int length) =>
        length < 0 ? default : new NullableBytes(bytes.Slice(start, length));
}
