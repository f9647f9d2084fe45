using System.Buffers.Binary;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;

namespace Ottla.Network.Connections;

/// <summary>Cuts what comes over a connection into frames: four bytes of length, then as many bytes.</summary>
/// <remarks>
/// Owned by the receiving loop; the frames are their receiver's. Small frames come out of one read, several together; of a larger one only
/// its start is copied, the rest is received in place.
/// </remarks>
internal sealed class FrameInput(IByteStream stream, int frameBytesMax, AnswerMemory memory)
{
    /// <summary>Holds the answers of which there are many: heartbeats, votes, fetches that bring nothing. An idle connection keeps
    /// it.</summary>
    private const int BufferBytes = 512;

    private const int LengthBytes = 4;

    /// <summary>The shortest answer: a correlation id.</summary>
    private const int FrameBytesMin = 4;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;

    /// <summary>The next frame; null once the peer has closed between two frames.</summary>
    /// <exception cref="MalformedMessageException">A length that no frame has.</exception>
    /// <exception cref="EndOfStreamException">The peer closed inside of a frame.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async ValueTask<AnswerFrame?> Next()
    {
        while (_end - _start < LengthBytes)
        {
            Compact();
            var count = await stream.Receive(_buffer.AsMemory(_end)).ConfigureAwait(false);
            if (count == 0 && _end > _start) throw new EndOfStreamException("closed inside of a frame");
            if (count == 0) return null;
            _end += count;
        }

        var length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
        if (length < FrameBytesMin || length > frameBytesMax)
            throw new MalformedMessageException($"an answer of {length:N0} bytes; {FrameBytesMin} to {frameBytesMax:N0} are taken");
        _start += LengthBytes;
        var frame = new AnswerFrame(length, memory);
        try
        {
            await Fill(frame).ConfigureAwait(false);
            return frame;
        }
        catch
        {
            frame.Dispose();
            throw;
        }
    }

    private async ValueTask Fill(AnswerFrame frame)
    {
        while (!frame.IsWhole)
        {
            var room = frame.Room;
            int count;
            if (_end > _start)
            {
                count = Math.Min(room.Length, _end - _start);
                _buffer.AsSpan(_start, count).CopyTo(room.Span);
                _start += count;
            }
            else
            {
                count = await stream.Receive(room).ConfigureAwait(false);
                if (count == 0) throw new EndOfStreamException("closed inside of a frame");
            }

            frame.Filled(count);
        }
    }

    private void Compact()
    {
        if (_start > 0) _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
    }
}
