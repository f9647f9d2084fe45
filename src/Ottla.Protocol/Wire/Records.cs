namespace Ottla.Protocol.Wire;

/// <summary>
/// A field of the wire's type `records`: whole record batches, either bytes in memory or a range that lies elsewhere (a range of a log
/// segment) and that the connection sends from there, so that a fetched record is never copied through this process.
/// </summary>
/// <remarks>Memory borrows what it was made from (a request's frame): it lives as long as that does.</remarks>
public readonly struct Records
{
    private readonly bool _present;

    public Records(ReadOnlyMemory<byte> memory)
    {
        Memory = memory;
        Length = memory.Length;
        _present = true;
    }

    public Records(IRecordsSource source)
    {
        Source = source;
        Length = source.Length;
        _present = true;
    }

    public static Records Null => default;

    public static Records Empty => new(ReadOnlyMemory<byte>.Empty);

    public bool IsNull => !_present;

    /// <summary>Bytes; empty where <see cref="Source"/> is set.</summary>
    public ReadOnlyMemory<byte> Memory { get; }

    public IRecordsSource? Source { get; }

    /// <summary>Length in bytes, wherever they lie.</summary>
    public int Length { get; }
}

/// <summary>A range of bytes that lies outside of memory. Disposed by whoever sent or dropped it.</summary>
public interface IRecordsSource : IDisposable
{
    /// <summary>Length in bytes.</summary>
    int Length { get; }

    /// <summary>Copies from the start on, as much as fits; returns how much it was.</summary>
    int ReadInto(Span<byte> destination);
}
