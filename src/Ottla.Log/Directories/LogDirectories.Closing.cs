using Ottla.Log.Checkpoints;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Directories;

/// <content>The end: everything on the disk, checkpoints, and last of all the mark that says so.</content>
public sealed partial class LogDirectories
{
    /// <summary>
    /// Closes every log; no writer may use one any more, and <see cref="Tick"/> is not called again. A directory where something can't be written stays without the mark of a clean stop
    /// and is recovered at the next start; the others are not held up by it.
    /// </summary>
    /// <param name="epoch">With which the broker ran.</param>
    public void Close(BrokerEpoch epoch)
    {
        var begun = _context.Time.GetTimestamp();
        lock (_changing)
        {
            FlushManyAtOnce();
            var whole = new HashSet<LogDirectory>(_all.Where(d => d.IsOnline));
            var logs = Logs.ToArray();
            Parallel.ForEach(logs, new ParallelOptions { MaxDegreeOfParallelism = _options.Workers }, hosted =>
            {
                lock (hosted.Writer)
                {
                    if (hosted.Future is var (future, to)) Close(future, to, whole);
                    Close(hosted.Log, hosted.Directory, whole);
                }
            });
            foreach (var directory in _all.Where(whole.Contains))
            {
                Try(directory, "writing the mark of a clean stop", d =>
                {
                    FlushNames(d);
                    WriteHighWatermarks(d);
                    WriteCheckpoints(d);
                    d.WriteCleanMark(epoch);
                });
            }

            DirectoryMessages.Closed(_context.Logger, logs.Length, (long)_context.Time.GetElapsedTime(begun).TotalMilliseconds);
        }
    }

    /// <summary>Many dirty files are written back by one call first; each log's own flush finds little left to do.</summary>
    private void FlushManyAtOnce()
    {
        foreach (var directory in _all)
        {
            var dirty = Logs.Count(hosted => hosted.Directory == directory && hosted.Log.UnflushedMessages > 0);
            if (dirty > FlushedOneByOneMax) Try(directory, "flushing its logs", d => _context.Files.TryFlushVolume(d.Path));
        }
    }

    private static void Close(PartitionLog log, LogDirectory directory, HashSet<LogDirectory> whole)
    {
        if (Try(directory, $"closing {log.Partition}", _ => log.Close())) return;
        lock (whole) whole.Remove(directory);
    }
}
