using Ottla.Log.Segments;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Appending;

/// <summary>When a log begins a new segment, and how. Writer.</summary>
internal static class SegmentRolling
{
    /// <summary>Whether a batch has to go into a new segment, behind <paramref name="pendingBytes"/> that are about to be written to this one.</summary>
    public static bool IsDue(LogState log, int pendingBytes, in BatchHeader header, long lastOffset)
    {
        var active = log.Active;
        var settings = log.Settings;
        var bytes = active.Bytes + (long)pendingBytes;
        if (bytes + header.SizeInBytes > settings.SegmentBytes) return bytes > 0;
        if (lastOffset - active.BaseOffset > int.MaxValue) return true;
        if (bytes == 0) return false;
        if (active.Indexes().IsFull(settings.SegmentIndexBytes)) return true;
        var first = active.FirstTimestamp();
        var age = first >= 0 && header.MaxTimestamp >= 0 ? header.MaxTimestamp - first : first >= 0 ? 0 : log.Context.NowMs - active.CreatedMs;
        return age > settings.SegmentMs - Math.Min(log.RollJitterMs, settings.SegmentMs);
    }

    /// <summary>Ends the active segment and begins another one at <paramref name="baseOffset"/>, unless it is still empty and begins there.</summary>
    /// <exception cref="IOException">The disk refused; the log goes on in the old segment, and it can be tried again.</exception>
    public static void Roll(LogState log, long baseOffset)
    {
        var active = log.Active;
        if (active.BaseOffset == baseOffset && active.Bytes == 0) return;
        Invariant.That(baseOffset >= log.End && baseOffset > active.BaseOffset);
        log.EnsureDirectory();
        log.Durability.NoteNewNames();
        if ((active.Parts & SegmentParts.Log) == 0) active.Create();
        active.Seal();
        var next = new Segment(log.Context, log.Folder, baseOffset, new(baseOffset, 0), SegmentParts.None);
        try
        {
            next.Create();
            log.MustSeal = true;
            log.Producers.Snapshot(log, baseOffset);
        }
        catch (IOException)
        {
            // an empty segment that nobody knows of would be the log's end at the next start
            next.Discard();
            throw;
        }

        active.Publish(active.End with { NextOffset = baseOffset });
        log.Add(next);
        log.Durability.NoteRolled(log);
        log.Context.Rolled?.Invoke(log.Owner);
    }
}
