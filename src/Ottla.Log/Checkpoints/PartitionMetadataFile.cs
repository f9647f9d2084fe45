using System.Text;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Checkpoints;

/// <summary>`partition.metadata` of a partition: the id of the topic that the directory belongs to (KIP-516).</summary>
/// <remarks>
/// Pure: bytes to an id and back. Two lines, `version: 0` and `topic_id: ` with 22 characters, no line end at the end, as Kafka writes it.
/// </remarks>
public static class PartitionMetadataFile
{
    public const string FileName = "partition.metadata";

    /// <summary>Two short lines; the rest is room for what a later version may add.</summary>
    public const int FileBytesMax = 4 << 10;

    public static byte[] Format(Uuid topicId) => Encoding.ASCII.GetBytes($"version: 0\ntopic_id: {topicId}");

    public static bool TryParse(ReadOnlySpan<byte> file, out Uuid topicId, out string? problem)
    {
        topicId = Uuid.Zero;
        problem = null;
        var lines = Encoding.UTF8.GetString(file).Split('\n', StringSplitOptions.TrimEntries);
        if (lines is not [var version, var id, ..]) problem = "two lines are expected";
        else if (Value(version, "version") != "0") problem = "the first line is not 'version: 0'";
        else if (!Uuid.TryParse(Value(id, "topic_id"), out topicId)) problem = "the second line is not 'topic_id: ' with an id";
        else if (topicId.IsZero) problem = "the topic id is zero";
        return problem is null;
    }

    private static string? Value(string line, string name) =>
        line.StartsWith(name, StringComparison.Ordinal) && line[name.Length..].TrimStart() is [':', .. var value] ? value.Trim() : null;
}
