using Ottla.Log.Checkpoints;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Directories;

/// <content>The end: everything on the disk, checkpoints, and last of all the mark that says so.</content>
public sealed partial class LogDirectories
{
    /// <summary>
    /// Closes every log; no writer may use one any more. A directory where something can't be written stays without the mark of a
    /// clean stop and
    /// is recovered at the next start; the others are not held up by it.
    /// </summary>
    /// <param name="epoch">With which the broker ran.</param>
    public void Close(BrokerEpoch epoch)
    {
        var begun = _context.Time.GetTimestamp();
        lock (_changing)
        {
            if (!_isServing) return;
            _isServing = false;
            var flushedAtOnce = FlushManyAtOnce();
            var whole = new HashSet<LogDirectory>(_all.Where(d => d.IsOnline));
            var logs = Logs.ToArray();
            Parallel.ForEach(logs, new ParallelOptions { MaxDegreeOfParallelism = _options.Workers }, hosted =>
            {
                lock (hosted.Writer)
                {
                    if (hosted.Future is { } future) Close(future, flushedAtOnce, whole);
                    Close(hosted.Place, flushedAtOnce, whole);
                }
            });
            foreach (var directory in flushedAtOnce)
            {
                if (!Try(directory, "flushing its logs", d => _context.Files.TryFlushVolume(d.Path))) whole.Remove(directory);
            }

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

    /// <summary>Directories with many dirty logs, whose files are written back by one call now, beside the writing of indexes and
    /// snapshots, and by a short second one after it.</summary>
    private HashSet<LogDirectory> FlushManyAtOnce()
    {
        var flushed = new HashSet<LogDirectory>();
        foreach (var directory in _all)
        {
            var dirty = Logs.Count(hosted => hosted.Directory == directory && hosted.Log.UnflushedMessages > 0);
            if (dirty <= FlushedOneByOneMax) continue;
            Try(directory, "flushing its logs", d =>
            {
                if (_context.Files.TryFlushVolume(d.Path)) flushed.Add(d);
            });
        }

        return flushed;
    }

    private static void Close(LogPlace place, HashSet<LogDirectory> flushedAtOnce, HashSet<LogDirectory> whole)
    {
        var (log, directory) = place;
        if (Try(directory, $"closing {log.Partition}", d => log.Close(clean: true, flush: !flushedAtOnce.Contains(d)))) return;
        lock (whole) whole.Remove(directory);
    }
}
