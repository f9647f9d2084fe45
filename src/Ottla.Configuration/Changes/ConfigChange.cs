namespace Ottla.Configuration.Changes;

/// <summary>What IncrementalAlterConfigs does with a name (KIP-339), as the wire numbers it.</summary>
public enum ConfigOperation : sbyte
{
    Set = 0,
    Delete = 1,

    /// <summary>Adds items to a list that are not in it.</summary>
    Append = 2,

    /// <summary>Takes items out of a list.</summary>
    Subtract = 3,
}

public readonly record struct ConfigChange(string Name, ConfigOperation Operation, string? Value)
{
    /// <summary>AlterConfigs (key 33) states all configs of an entity anew: what it does not name is deleted.</summary>
    public static List<ConfigChange> OfReplacement(
        IReadOnlyDictionary<string, string> current, IEnumerable<KeyValuePair<string, string?>> replacement)
    {
        var changes = new List<ConfigChange>();
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in replacement)
        {
            named.Add(name);
            changes.Add(new ConfigChange(name, ConfigOperation.Set, value));
        }

        foreach (var name in current.Keys)
        {
            if (!named.Contains(name)) changes.Add(new ConfigChange(name, ConfigOperation.Delete, null));
        }

        return changes;
    }
}
