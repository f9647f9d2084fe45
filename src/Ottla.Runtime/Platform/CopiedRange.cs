using System.Buffers;
using Ottla.Runtime.Files;
using Ottla.Runtime.Network;

namespace Ottla.Runtime.Platform;

/// <summary>Sends a range of a file through memory of this process, a piece at a time.</summary>
internal static class CopiedRange
{
    private const int PieceBytes = 32 << 10;

    /// <exception cref="ConnectionLostException">The connection broke or was closed here.</exception>
    /// <exception cref="IOException">The file can't be read, or ends before the range does.</exception>
    public static async ValueTask Send(IByteStream stream, IStorageFile file, long position, int length)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(length, PieceBytes));
        try
        {
            while (length > 0)
            {
                var piece = buffer.AsMemory(0, Math.Min(length, buffer.Length));
                if (file.ReadFully(position, piece.Span) != piece.Length) throw TooShort();
                await stream.Send(piece).ConfigureAwait(false);
                position += piece.Length;
                length -= piece.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>No fault of the disk: a follower has cut its log meanwhile.</summary>
    public static EndOfStreamException TooShort() => new("The file is shorter than the range that is to be sent");
}
