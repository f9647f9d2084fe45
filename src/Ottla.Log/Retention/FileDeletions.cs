using Ottla.Runtime.Files;

namespace Ottla.Log.Retention;

/// <summary>Files and directories that are on their way out, each with the time from which it may go.</summary>
/// <remarks>
/// Any thread adds; the owner of the log directory runs it, on a thread that may block. Bounded by what lies on the disk. What is left at
/// the end of the process is found by its name (`.deleted`, `-delete`) at the next start.
/// </remarks>
public sealed class FileDeletions(IFileSystem files, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<(string Path, bool IsDirectory), DateTimeOffset> _waiting = new();

    public int Count
    {
        get
        {
            lock (_lock) return _waiting.Count;
        }
    }

    public void Add(string path, bool isDirectory, long delayMs)
    {
        var due = time.GetUtcNow() + TimeSpan.FromMilliseconds(Math.Clamp(delayMs, 0, (long)TimeSpan.FromDays(3650).TotalMilliseconds));
        lock (_lock) _waiting.Enqueue((path, isDirectory), due);
    }

    /// <summary>Removes what is due. Returns how many went.</summary>
    /// <exception cref="IOException">The disk refused; the entry that failed is dropped, the others stay.</exception>
    public int RunDue()
    {
        var now = time.GetUtcNow();
        for (var gone = 0; ; gone++)
        {
            (string Path, bool IsDirectory) next;
            lock (_lock)
            {
                if (!_waiting.TryPeek(out next, out var due) || due > now) return gone;
                _waiting.Dequeue();
            }

            if (next.IsDirectory) files.DeleteDirectory(next.Path);
            else files.DeleteFile(next.Path);
        }
    }
}
