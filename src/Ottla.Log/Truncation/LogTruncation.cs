using Ottla.Log.Segments;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Truncation;

/// <summary>What takes records away at a log's end. Writer.</summary>
/// <remarks>
/// Readers keep the segments that they have; hints are forgotten before and after, since one that is noted in between may speak of bytes that are gone. No
/// flush that began before counts (<see cref="Durability.LogDurability"/>). A crash must not bring back what was cut: recovery could not tell it from what
/// belongs there, so a truncation is durable when it returns.
/// </remarks>
internal static class LogTruncation
{
    /// <summary>Drops every batch that reaches <paramref name="offset"/> or lies behind. True where something was dropped.</summary>
    public static bool TruncateTo(LogState log, long offset)
    {
        Invariant.That(offset >= 0);
        if (offset >= log.End)
        {
            // who led once, and appended nothing, has an epoch at the end that its new leader may not know
            log.Epochs.TruncateFromEnd(new(log.End));
            log.Epochs.Save(log.Context, log.Folder, durable: true);
            return false;
        }

        if (offset < log.Segments[0].BaseOffset)
        {
            TruncateFully(log, offset, offset);
            return true;
        }

        log.Durability.BeginTruncation(offset);
        try
        {
            Cut(log, offset);
        }
        catch (FlushFailedException)
        {
            log.Durability.NoteFailed();
            throw;
        }
        finally
        {
            log.ForgetHints();
            log.Durability.EndTruncation(log);
            log.Context.Truncated?.Invoke(log.Owner);
        }

        LogMessages.Truncated(log.Context.Logger, log.Folder.Path, log.End);
        return true;
    }

    /// <summary>Drops everything; the log goes on, empty, with the segment <paramref name="offset"/>, and serves from <paramref name="start"/> on.</summary>
    public static void TruncateFully(LogState log, long offset, long start)
    {
        log.Durability.BeginTruncation(0);
        try
        {
            log.ForgetHints();
            foreach (var segment in log.Segments) segment.Delete(log.Settings.FileDeleteDelayMs);
            log.Producers.Forget(log);
            log.Epochs.Clear();
            log.BeginAt(offset, start);
            log.Epochs.Save(log.Context, log.Folder, durable: true);
            if (log.HasDirectory) log.Context.Files.FlushDirectory(log.Folder.Path);
        }
        catch (FlushFailedException)
        {
            log.Durability.NoteFailed();
            throw;
        }
        finally
        {
            log.ForgetHints();
            log.Durability.EndTruncation(log);
            log.Context.Truncated?.Invoke(log.Owner);
        }

        log.Durability.RaiseTo(log, offset);
        LogMessages.Truncated(log.Context.Logger, log.Folder.Path, offset);
    }

    /// <summary>An empty log is about to take a batch that begins before its start and reaches it.</summary>
    public static void BeginBefore(LogState log, long offset)
    {
        Invariant.That(log.IsEmpty && offset < log.Start);
        TruncateFully(log, offset, log.Start);
    }

    /// <summary>The end of a segment that was opened torn: what is behind its last whole batch goes, for good.</summary>
    public static void FlushCut(LogState log, Segment last)
    {
        last.Flush(isSealed: false);
        log.Context.Files.FlushDirectory(log.Folder.Path);
    }

    private static void Cut(LogState log, long offset)
    {
        var segments = log.Segments;
        var kept = segments[..(LogState.FloorIndex(segments, offset) + 1)];
        log.MustSeal = true;
        log.ForgetHints();
        log.CutTo(kept, offset);
        var end = kept[^1].TruncateTo(offset);
        if (end < offset)
        {
            log.CutTo(kept, end);
            log.Durability.LowerTo(end);
        }

        foreach (var behind in segments.AsSpan(kept.Length)) behind.Delete(log.Settings.FileDeleteDelayMs);
        log.Epochs.TruncateFromEnd(new(end));
        log.Epochs.Save(log.Context, log.Folder, durable: true);
        log.Producers.DeleteSnapshots(log, at => at > end);
        FlushCut(log, kept[^1]);
        log.Producers.Load(log, end);
    }
}
