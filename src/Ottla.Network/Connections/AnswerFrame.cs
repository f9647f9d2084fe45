using Ottla.Protocol.Primitives;

namespace Ottla.Network.Connections;

/// <summary>The bytes of one answer without its length.</summary>
/// <remarks>
/// Filled by the receiving loop, then owned by whoever holds the answer; <see cref="Dispose"/> gives the memory back once, however often it
/// is called.
/// The memory grows with the bytes that came: a length that is only announced costs <see cref="AnswerMemory.FirstBytes"/>.
/// </remarks>
internal sealed class AnswerFrame(int length, AnswerMemory memory) : IDisposable
{
    /// <summary>A fetch of 1 MiB takes two steps.</summary>
    private const int Growth = 8;

    private byte[]? _buffer = memory.Take(length);
    private int _filled;

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _filled);

    public bool IsWhole => _filled == length;

    /// <summary>Where the next bytes belong.</summary>
    public Memory<byte> Room
    {
        get
        {
            var buffer = _buffer!;
            if (_filled == buffer.Length) _buffer = buffer = memory.Grow(buffer, (int)Math.Min(length, buffer.Length * (long)Growth));
            return buffer.AsMemory(_filled, Math.Min(length, buffer.Length) - _filled);
        }
    }

    public void Filled(int count)
    {
        Invariant.That(count >= 0 && count <= length - _filled);
        _filled += count;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer) memory.GiveBack(buffer);
    }
}
