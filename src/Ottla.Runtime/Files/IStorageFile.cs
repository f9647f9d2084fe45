namespace Ottla.Runtime.Files;

/// <summary>An open file, read and written at positions. Safe for several readers and one writer at a time.</summary>
public interface IStorageFile : IDisposable
{
    /// <summary>Length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads up to the buffer's length at <paramref name="position"/>; returns how many bytes there were, 0 at the end.</summary>
    int Read(long position, Span<byte> buffer);

    /// <summary>Writes all of it at <paramref name="position"/>.</summary>
    void Write(long position, ReadOnlySpan<byte> bytes);

    /// <summary>Writes all pieces one behind the other with as few calls of the system as there can be.</summary>
    void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> pieces);

    /// <summary>Cuts or extends (with zeros).</summary>
    void SetLength(long length);

    /// <summary>Makes data and length durable (fdatasync).</summary>
    /// <exception cref="FlushFailedException">What was written since the last flush may be lost.</exception>
    void Flush();
}

/// <summary>Reading that insists on getting all that was asked for.</summary>
public static class StorageFiles
{
    /// <summary>Fills the buffer from <paramref name="position"/> as far as the file goes; returns the bytes read.</summary>
    public static int ReadFully(this IStorageFile file, long position, Span<byte> buffer)
    {
        var done = 0;
        while (done < buffer.Length)
        {
            var count = file.Read(position + done, buffer[done..]);
            if (count == 0) break;
            done += count;
        }

        return done;
    }
}
