using System.Buffers;
using System.Text;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Checkpoints;

/// <summary>An offset, or a size, for each partition of a log directory: the text of the `*-offset-checkpoint` files in its root.</summary>
/// <remarks>
/// Pure: bytes to entries and back. Who writes replaces the whole file (<see cref="IFileSystem.Replace"/>), so after a crash there is the
/// old one or the new one.
/// </remarks>
public static class OffsetCheckpoint
{
    /// <summary>Up to where a log is on the disk; an unclean start reads each log from there.</summary>
    public const string RecoveryPointFile = "recovery-point-offset-checkpoint";

    /// <summary>Log start offsets above the first segment's base offset (DeleteRecords).</summary>
    public const string LogStartFile = "log-start-offset-checkpoint";

    /// <summary>High watermarks, of use to replication alone.</summary>
    public const string HighWatermarkFile = "replication-offset-checkpoint";

    /// <summary>Up to where compaction has cleaned.</summary>
    public const string CleanerFile = "cleaner-offset-checkpoint";

    /// <summary>Ours: bytes of each log's last segment at a clean stop. Apache Kafka passes it over.</summary>
    public const string ActiveBytesFile = "ottla-active-bytes-checkpoint";

    /// <summary>More than 400,000 partitions with the longest names that there are.</summary>
    public const int FileBytesMax = 128 << 20;

    public static byte[] Format(IReadOnlyCollection<KeyValuePair<TopicPartition, Offset>> entries)
    {
        var text = new ArrayBufferWriter<byte>(16 + entries.Count * 32);
        CheckpointText.WriteHead(text, entries.Count);
        foreach (var (partition, offset) in entries)
        {
            CheckpointText.WriteText(text, partition.Topic);
            CheckpointText.WriteByte(text, (byte)' ');
            CheckpointText.WriteNumber(text, partition.Partition);
            CheckpointText.WriteByte(text, (byte)' ');
            CheckpointText.WriteNumber(text, offset.Value);
            CheckpointText.WriteByte(text, (byte)'\n');
        }

        return text.WrittenSpan.ToArray();
    }

    /// <summary>Reads a file; what it held before the problem is in <paramref name="entries"/> all the same.</summary>
    public static bool TryParse(ReadOnlySpan<byte> file, out Dictionary<TopicPartition, Offset> entries, out string? problem)
    {
        entries = [];
        if (!CheckpointText.TryOpen(file, out var text, out problem)) return false;
        entries.EnsureCapacity(text.Count);
        while (text.NextEntry())
        {
            if (!text.TryWord(out var topic) || !text.TryNumber(out var partition) || partition is < 0 or > int.MaxValue
                || !text.TryNumber(out var offset) || offset < 0 || !text.LineEnds)
            {
                problem = text.ProblemOfLine();
                return false;
            }

            entries[new TopicPartition(Encoding.UTF8.GetString(topic), (int)partition)] = new Offset(offset);
        }

        problem = text.ProblemAtEnd();
        return problem is null;
    }
}
