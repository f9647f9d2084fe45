using Ottla.Log.Handles;
using Ottla.Log.Segments;
using Ottla.Runtime.Files;

namespace Ottla.Log.Recovery;

/// <summary>Ends what a crash interrupted while compacted segments took the place of their originals.</summary>
/// <remarks>
/// A compaction writes `.cleaned` files, renames all of them to `.swap` once they are whole, removes the originals and renames to the final
/// names. So `.swap` is complete and replaces every segment in its range of offsets; `.cleaned` never counted. Where both are there, the
/// renaming to `.swap` had not ended: then the originals are still whole, and every `.swap` at or behind the first `.cleaned` goes too.
/// </remarks>
internal static class InterruptedSwap
{
    /// <summary>True where something was changed and the listing has to be made again.</summary>
    public static bool Complete(LogContext context, string directory, List<FileEntry> entries)
    {
        var cleaned = entries.Where(entry => entry.Name.EndsWith(SegmentFiles.Cleaned, StringComparison.Ordinal)).ToList();
        var swaps = entries.Where(entry => entry.Name.EndsWith(SegmentFiles.Swap, StringComparison.Ordinal)).ToList();
        if (cleaned.Count + swaps.Count == 0) return false;

        var firstCleaned = cleaned.Count == 0 ? long.MaxValue : cleaned.Min(entry => OffsetOf(entry.Name));
        foreach (var entry in cleaned) context.Files.DeleteFile(Path.Combine(directory, entry.Name));
        foreach (var entry in swaps.Where(entry => OffsetOf(entry.Name) >= firstCleaned)) context.Files.DeleteFile(Path.Combine(directory, entry.Name));

        swaps.RemoveAll(entry => OffsetOf(entry.Name) >= firstCleaned);
        foreach (var swap in swaps.Where(entry => entry.Name.EndsWith(SegmentFiles.Log + SegmentFiles.Swap, StringComparison.Ordinal)))
            RemoveOriginals(context, directory, entries, swap);
        foreach (var entry in swaps)
        {
            var path = Path.Combine(directory, entry.Name);
            context.Files.Rename(path, path[..^SegmentFiles.Swap.Length]);
        }

        return true;
    }

    private static void RemoveOriginals(LogContext context, string directory, List<FileEntry> entries, FileEntry swap)
    {
        var baseOffset = OffsetOf(swap.Name);
        var nextOffset = baseOffset;
        using (var file = context.Files.Open(Path.Combine(directory, swap.Name), OpenFor.Reading))
        {
            var walk = new HeaderWalk(file, 0, (int)Math.Min(int.MaxValue, swap.Length), stackalloc byte[HeaderWalk.BufferBytes]);
            while (walk.Next()) nextOffset = walk.Header.NextOffset.Value;
        }

        foreach (var entry in entries)
        {
            if (!SegmentFiles.TryParse(entry.Name, out var offset, out var suffix)) continue;
            foreach (var (_, name) in SegmentFiles.Parts)
            {
                if (suffix.SequenceEqual(name) && offset >= baseOffset && (offset < nextOffset || offset == baseOffset))
                    context.Files.DeleteFile(Path.Combine(directory, entry.Name));
            }
        }
    }

    private static long OffsetOf(string name) => SegmentFiles.TryParse(name, out var offset, out _) ? offset : long.MaxValue;
}
