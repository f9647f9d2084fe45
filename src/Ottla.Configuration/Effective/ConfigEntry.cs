using Ottla.Configuration.Definitions;

namespace Ottla.Configuration.Effective;

/// <summary>One name under which a value was given, or would be found if the stronger ones were gone.</summary>
public sealed record ConfigSynonym(string Name, string? Value, ConfigSource Source);

/// <summary>One line of DescribeConfigs.</summary>
/// <param name="Name">The config.</param>
/// <param name="Value">What holds now; null for "no value", and always for a sensitive config.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="IsReadOnly">Cannot be altered while the node runs.</param>
/// <param name="IsSensitive">A password, or a name that nobody knows: the value stays on the node.</param>
/// <param name="Type">Unknown for a name that nobody knows.</param>
/// <param name="Synonyms">All places that say something about it, the strongest first.</param>
public sealed record ConfigEntry(
    string Name, string? Value, ConfigSource Source, bool IsReadOnly, bool IsSensitive, ConfigType Type,
    IReadOnlyList<ConfigSynonym> Synonyms)
{
    /// <summary>What the config does, in a sentence; null where we have none. Costs a look-up, so ask only when the request does.</summary>
    public string? Documentation => Catalogs.Documentation.Of(Name);
}
