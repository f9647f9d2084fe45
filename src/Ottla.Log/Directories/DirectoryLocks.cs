using Ottla.Runtime.Files;

namespace Ottla.Log.Directories;

/// <summary>The locks on a node's directories, one `.lock` file in each: what keeps a second process, ours or Apache Kafka's, from the same
/// data.</summary>
/// <remarks>Taken before anything is read or written, given back when the process ends. The file stays; a lock that a dead process held is
/// gone with it.</remarks>
public sealed class DirectoryLocks : IDisposable
{
    public const string FileName = ".lock";

    private readonly List<IDisposable> _held = [];

    private DirectoryLocks()
    {
    }

    /// <summary>Takes all or none. Directories are made where there are none.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="directories">Log directories, and the metadata log's.</param>
    /// <param name="problem">Where null is returned: which directory is taken.</param>
    /// <param name="failed">Directories that the disk refused, and why; they count as offline.</param>
    public static DirectoryLocks? TryTake(
        IFileSystem files, IEnumerable<string> directories, out string? problem, out IReadOnlyDictionary<string, IOException> failed)
    {
        var locks = new DirectoryLocks();
        var refused = new Dictionary<string, IOException>(StringComparer.Ordinal);
        failed = refused;
        foreach (var directory in directories.Distinct(StringComparer.Ordinal))
        {
            try
            {
                files.CreateDirectory(directory);
                if (files.TryLock(Path.Combine(directory, FileName)) is { } held)
                {
                    locks._held.Add(held);
                    continue;
                }
            }
            catch (IOException fault)
            {
                refused[directory] = fault;
                continue;
            }

            locks.Dispose();
            problem = $"Failed to acquire lock on file {FileName} in {directory}: another process is using this directory. "
                + "Stop it, or give this node another log.dirs. Nothing was changed.";
            return null;
        }

        problem = null;
        return locks;
    }

    public void Dispose()
    {
        foreach (var held in _held) held.Dispose();
        _held.Clear();
    }
}
