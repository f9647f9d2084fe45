using System.Globalization;
using System.Text;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Directories;

/// <summary>`meta.properties` in the root of a log directory: which cluster and node it belongs to, and its own id (KIP-858).</summary>
/// <remarks>
/// Version 0 (of ZooKeeper's days) names the node `broker.id` and may lack each of them; it is read, and written as version 1.
/// </remarks>
public sealed record MetaProperties(string? ClusterId, BrokerId? NodeId, Uuid? DirectoryId, int Version = MetaProperties.CurrentVersion)
{
    public const string FileName = "meta.properties";

    public const int CurrentVersion = 1;

    /// <summary>Four short lines, and room for what others may have added.</summary>
    public const int FileBytesMax = 64 << 10;

    /// <summary>Ids below are reserved: the directory that is lost, unassigned, migrating (KIP-858).</summary>
    public const ulong ReservedDirectoryIds = 100;

    public byte[] Format()
    {
        var entries = new List<KeyValuePair<string, string>> { new("version", CurrentVersion.ToString(CultureInfo.InvariantCulture)) };
        if (ClusterId is { } cluster) entries.Add(new("cluster.id", cluster));
        if (NodeId is { } node) entries.Add(new("node.id", node.ToString()));
        if (DirectoryId is { } directory) entries.Add(new("directory.id", directory.ToString()));
        return Encoding.ASCII.GetBytes(JavaProperties.Format(entries));
    }

    public static bool TryParse(ReadOnlySpan<byte> file, out MetaProperties properties, out string? problem)
    {
        properties = new(null, null, null);
        var entries = JavaProperties.Parse(Encoding.Latin1.GetString(file));
        problem = null;
        var version = 0;
        if (entries.TryGetValue("version", out var versionText) && !(int.TryParse(versionText, out version) && version is 0 or 1))
        {
            problem = $"version={versionText} is not known (0 and 1 are)";
            return false;
        }

        var nodeKey = version == 0 ? "broker.id" : "node.id";
        BrokerId? node = null;
        if (entries.TryGetValue(nodeKey, out var nodeText))
        {
            if (int.TryParse(nodeText, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id)) node = new BrokerId(id);
            else problem = $"{nodeKey}={nodeText} is not a number";
        }

        Uuid? directory = null;
        if (entries.TryGetValue("directory.id", out var directoryText))
        {
            if (!Uuid.TryParse(directoryText, out var id)) problem = $"directory.id={directoryText} is not an id of 22 characters";
            else directory = id;
        }

        var cluster = entries.GetValueOrDefault("cluster.id");
        if (version == CurrentVersion && cluster is null) problem ??= "cluster.id is missing";
        if (version == CurrentVersion && node is null) problem ??= "node.id is missing";
        properties = new(cluster, node, directory, version);
        return problem is null;
    }

    /// <summary>A new id for a directory, none of <paramref name="taken"/> and none of the reserved ones.</summary>
    public static Uuid NewDirectoryId(Random random, IReadOnlyCollection<Uuid> taken)
    {
        while (true)
        {
            var id = Uuid.Random(random);
            if (!(id.High == 0 && id.Low < ReservedDirectoryIds) && !taken.Contains(id)) return id;
        }
    }

    public override string ToString()
    {
        var parts = new List<string>();
        if (ClusterId is not null) parts.Add($"cluster.id={ClusterId}");
        if (DirectoryId is not null) parts.Add($"directory.id={DirectoryId}");
        if (NodeId is not null) parts.Add($"{(Version == 0 ? "broker.id" : "node.id")}={NodeId}");
        parts.Add($"version={Version}");
        return $"{{{string.Join(", ", parts)}}}";
    }
}
