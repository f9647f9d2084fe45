using Ottla.Configuration.Sources;

namespace Ottla.Cli.Options;

/// <summary>Properties of a tool: from a file, from options of the form NAME=VALUE; the later ones win.</summary>
internal static class PropertyList
{
    /// <summary>A properties file of a client has a few dozen lines; what is larger is the wrong file.</summary>
    private const int FileBytesMax = 4 << 20;

    /// <exception cref="ToolException">The file cannot be read, or what it says refers to what cannot be read.</exception>
    public static Dictionary<string, string> ReadFile(string path, CliContext context)
    {
        try
        {
            var config = new StaticConfigBuilder().AddFile(path, context.Files.ReadAll(path, FileBytesMax))
                .ResolveReferences(context.Files, context.Variables).Build();
            if (config.Errors.Count > 0) throw new ToolException(string.Join('\n', config.Errors));
            return config.Values.ToDictionary(property => property.Key, property => property.Value.Text, StringComparer.Ordinal);
        }
        catch (IOException unreadable)
        {
            throw new ToolException($"Cannot read {path}: {unreadable.Message}");
        }
    }

    /// <summary>Adds what options gave; a name without a value is an empty one.</summary>
    /// <exception cref="ToolException">An entry has no name.</exception>
    public static void Add(Dictionary<string, string> properties, IEnumerable<string> entries)
    {
        foreach (var entry in entries)
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals == 0) throw new ToolException($"Invalid command line properties: {entry} (expected NAME=VALUE)");
            properties[equals < 0 ? entry : entry[..equals]] = equals < 0 ? "" : entry[(equals + 1)..];
        }
    }
}
