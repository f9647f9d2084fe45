namespace Ottla.Log.Directories;

/// <summary>What happens by itself: flushing, checkpoints, retention, forgetting producers, removing files. At rest a tick compares a few clocks.</summary>
/// <remarks>One thread, which may block.</remarks>
internal sealed class LogUpkeep
{
    /// <summary>A tick does not copy for longer, so that flushes and checkpoints get their turn.</summary>
    private const long CopyingMsMax = 500;

    private readonly HostedDirectories _hosted;
    private readonly DirectoryCheckpoints _checkpoints;
    private readonly LogMoving _moving;
    private readonly Schedule _retention;
    private readonly Schedule _flushing;
    private readonly Schedule _recoveryPoints;
    private readonly Schedule _logStarts;
    private readonly Schedule _highWatermarks;
    private readonly Schedule _producers;

    public LogUpkeep(HostedDirectories hosted, DirectoryCheckpoints checkpoints, LogMoving moving)
    {
        _hosted = hosted;
        _checkpoints = checkpoints;
        _moving = moving;
        var options = hosted.Options;
        var now = hosted.Context.NowMs;
        var firstMs = now + options.InitialDelayMs;
        _retention = new(options.RetentionCheckIntervalMs, firstMs);
        _flushing = new(options.FlushSchedulerIntervalMs, options.FlushSchedulerIntervalMs == long.MaxValue ? long.MaxValue : firstMs);
        _recoveryPoints = new(options.RecoveryPointIntervalMs, firstMs);
        _logStarts = new(options.LogStartIntervalMs, firstMs);
        _highWatermarks = new(options.HighWatermarkIntervalMs, now + options.HighWatermarkIntervalMs);
        _producers = new(options.ProducerExpirationIntervalMs, now + options.ProducerExpirationIntervalMs);
    }

    /// <summary>True where there is more to do at once.</summary>
    public bool Tick()
    {
        FlushRolled();
        _checkpoints.FlushNames();
        RemoveWhatIsDue();
        var now = _hosted.Context.NowMs;
        if (_flushing.IsDue(now)) FlushDue();
        if (_highWatermarks.IsDue(now)) _checkpoints.WriteHighWatermarks();
        if (_recoveryPoints.IsDue(now) | _logStarts.IsDue(now)) _checkpoints.Write();
        else _checkpoints.WriteUrgent();
        if (_retention.IsDue(now)) ApplyRetention();
        if (_producers.IsDue(now)) ExpireProducers();
        return _moving.CopySome(CopyingMsMax);
    }

    /// <summary>Applies retention to every log now.</summary>
    public void ApplyRetention()
    {
        foreach (var hosted in _hosted.Logs.All)
        {
            var log = hosted.Log;
            Try(hosted, log, "retention of", () =>
            {
                // most logs have nothing to delete; that is seen without keeping their writers out
                if (log.DeletableSegments(hosted.HighWatermark) == 0) return;
                lock (hosted.Writer)
                {
                    if (hosted.Log == log) log.ApplyRetention(hosted.HighWatermark);
                }
            });
        }
    }

    private void FlushRolled()
    {
        foreach (var log in _hosted.Rolled.TakeAll())
        {
            if (_hosted.Logs.Find(log.Partition) is not { } hosted || hosted.Log != log) continue;
            var isFlushed = Try(hosted, log, "flushing", () => log.Flush(log.ActiveSegmentBaseOffset));
            if (!isFlushed) _hosted.Rolled.Add(log);
        }
    }

    private void FlushDue()
    {
        foreach (var hosted in _hosted.Logs.All)
        {
            var log = hosted.Log;
            Try(hosted, log, "flushing", () => log.FlushIfDue());
        }
    }

    private void RemoveWhatIsDue()
    {
        foreach (var directory in _hosted.All) HostedDirectories.Try(directory, "removing deleted files", d => d.Deletions.RunDue());
    }

    private void ExpireProducers()
    {
        foreach (var hosted in _hosted.Logs.All)
        {
            lock (hosted.Writer) hosted.Log.ExpireProducers();
        }
    }

    /// <summary>Runs something on a log beside its writer. Its files may get other names meanwhile, when it is deleted or moved: not
    /// finding them is no fault of the disk then.</summary>
    private bool Try(HostedLog hosted, PartitionLog log, string what, Action action)
    {
        var directory = hosted.Directory;
        if (!directory.IsOnline) return false;
        try
        {
            action();
            return true;
        }
        catch (IOException fault)
        {
            if (_hosted.Logs.Find(log.Partition) == hosted && hosted.Log == log) directory.Report(fault, $"{what} {log.Partition}");
            return false;
        }
    }
}
