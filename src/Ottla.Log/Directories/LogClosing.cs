using Ottla.Protocol.Primitives;
using Ottla.Runtime.Platform;

namespace Ottla.Log.Directories;

/// <summary>The end: everything on the disk, checkpoints, and last of all the mark that says so.</summary>
internal sealed class LogClosing(HostedDirectories hosted, DirectoryCheckpoints checkpoints)
{
    public void Close(BrokerEpoch epoch)
    {
        var begun = hosted.Context.Time.GetTimestamp();
        lock (hosted.Changing)
        {
            if (!hosted.IsServing) return;
            hosted.IsServing = false;
            var flushedAtOnce = FlushManyAtOnce();
            var whole = new HashSet<LogDirectory>(hosted.All.Where(d => d.IsOnline));
            var logs = hosted.Logs.All.ToArray();
            Workers.For(logs.Length, hosted.Options.Workers, i =>
            {
                var log = logs[i];
                lock (log.Writer)
                {
                    if (log.Future is { } future) Close(future, flushedAtOnce, whole);
                    Close(log.Place, flushedAtOnce, whole);
                }
            });
            foreach (var directory in flushedAtOnce)
            {
                if (!HostedDirectories.Try(directory, "flushing its logs", d => hosted.Context.Files.TryFlushVolume(d.Path))) whole.Remove(directory);
            }

            foreach (var directory in hosted.All.Where(whole.Contains))
            {
                HostedDirectories.Try(directory, "writing the mark of a clean stop", d =>
                {
                    checkpoints.FlushNames(d);
                    checkpoints.WriteHighWatermarks(d);
                    checkpoints.Write(d);
                    checkpoints.WriteActiveBytes(d);
                    d.WriteCleanMark(epoch);
                });
            }

            DirectoryMessages.Closed(hosted.Context.Logger, logs.Length, (long)hosted.Context.Time.GetElapsedTime(begun).TotalMilliseconds);
        }
    }

    /// <summary>Directories with many dirty logs, whose files are written back by one call now, beside the writing of indexes and
    /// snapshots, and by a short second one after it.</summary>
    private HashSet<LogDirectory> FlushManyAtOnce()
    {
        var flushed = new HashSet<LogDirectory>();
        foreach (var directory in hosted.All)
        {
            var dirty = hosted.Logs.All.Count(log => log.Directory == directory && log.Log.UnflushedMessages > 0);
            if (dirty <= DirectoryCheckpoints.FlushedOneByOneMax) continue;
            HostedDirectories.Try(directory, "flushing its logs", d =>
            {
                if (hosted.Context.Files.TryFlushVolume(d.Path)) flushed.Add(d);
            });
        }

        return flushed;
    }

    private static void Close(LogPlace place, HashSet<LogDirectory> flushedAtOnce, HashSet<LogDirectory> whole)
    {
        var (log, directory) = place;
        if (HostedDirectories.Try(directory, $"closing {log.Partition}", d => log.Close(clean: true, flush: !flushedAtOnce.Contains(d)))) return;
        lock (whole) whole.Remove(directory);
    }
}
