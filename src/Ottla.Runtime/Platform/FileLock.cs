namespace Ottla.Runtime.Platform;

/// <summary>
/// An advisory lock on a file, of the kind that Java's FileChannel takes: so Ottla and Apache Kafka keep each other out of a log directory.
/// </summary>
/// <remarks>
/// The system's lock belongs to the process: a second one taken by the same process succeeds, and closing any handle of the file drops the
/// first. So those that this process holds are remembered by path, and a second is refused before the file is touched.
/// </remarks>
internal sealed class FileLock : IDisposable
{
    private static readonly HashSet<string> Held = new(StringComparer.Ordinal);
    private static readonly Lock Gate = new();

    private readonly string _path;
    private FileStream? _stream;

    private FileLock(string path, FileStream stream)
    {
        _path = path;
        _stream = stream;
    }

    /// <exception cref="IOException">The file can't be opened or made.</exception>
    public static FileLock? TryTake(string path)
    {
        path = Path.GetFullPath(path);
        lock (Gate)
        {
            if (Held.Contains(path)) return null;
            var stream = Open(path);
            try
            {
                if (!OperatingSystem.IsMacOS()) stream.Lock(0, 0);
            }
            catch (IOException)
            {
                stream.Dispose();
                return null;
            }

            Held.Add(path);
            return new FileLock(path, stream);
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            if (_stream is null) return;
            Held.Remove(_path);
            _stream.Dispose();
            _stream = null;
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 1);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new IOException(refused.Message, refused);
        }
    }
}
