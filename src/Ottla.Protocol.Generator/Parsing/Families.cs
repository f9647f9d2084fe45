using Ottla.Protocol.Generator.Model;

namespace Ottla.Protocol.Generator.Parsing;

/// <summary>The folders that schemas lie in.</summary>
internal static class Families
{
    public static string Names => "Wire, Metadata, Coordinator, Raft or Storage";

    public static Family? Of(string path)
    {
        var parts = path.Split('/', '\\');
        return parts.Length >= 2 && Enum.TryParse<Family>(parts[parts.Length - 2], out var family) ? family : null;
    }
}
