using System.Buffers.Binary;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;

namespace Ottla.Client.Connections;

/// <summary>Cuts what comes over a connection into frames: four bytes of length, then as many bytes.</summary>
/// <remarks>Owned by the receiving loop. Small frames come out of one read together; of a large one only its start is copied.</remarks>
internal sealed class FrameInput(IByteStream stream, int frameBytesMax)
{
    private const int BufferBytes = 16 << 10;
    private const int LengthBytes = 4;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;

    /// <summary>The next frame without its length; null once the peer has closed between two frames.</summary>
    /// <exception cref="MalformedMessageException">A length that no frame has.</exception>
    /// <exception cref="IOException">The connection ended inside a frame.</exception>
    public async ValueTask<byte[]?> Next()
    {
        while (_end - _start < LengthBytes)
        {
            if (_start > 0) Compact();
            var count = await stream.Receive(_buffer.AsMemory(_end)).ConfigureAwait(false);
            if (count == 0 && _end > _start) throw new EndOfStreamException("closed inside a frame");
            if (count == 0) return null;
            _end += count;
        }

        var length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
        if (length < 0 || length > frameBytesMax)
            throw new MalformedMessageException($"a frame of {length} bytes; at most {frameBytesMax} are taken");
        _start += LengthBytes;
        var frame = GC.AllocateUninitializedArray<byte>(length);
        var have = Math.Min(length, _end - _start);
        _buffer.AsSpan(_start, have).CopyTo(frame);
        _start += have;
        while (have < length)
        {
            var count = await stream.Receive(frame.AsMemory(have)).ConfigureAwait(false);
            if (count == 0) throw new EndOfStreamException("closed inside a frame");
            have += count;
        }

        return frame;
    }

    private void Compact()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
    }
}
