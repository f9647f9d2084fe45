using System.Diagnostics.CodeAnalysis;

namespace Ottla.Configuration.Definitions;

/// <summary>All configs of one kind of entity, by name.</summary>
/// <remarks>Built once from a table in the program's text, on first use; about 0.1 ms for the largest. Immutable afterwards.</remarks>
public sealed class ConfigCatalog
{
    private readonly Dictionary<string, ConfigDefinition> _byName;
    private readonly ConfigDefinition[] _inOrder;

    internal ConfigCatalog(string entity, params ReadOnlySpan<string> tables)
    {
        Entity = entity;
        _byName = new(512, StringComparer.Ordinal);
        foreach (var table in tables) CatalogTable.Read(table, _byName);
        _inOrder = [.. _byName.Values];
        Array.Sort(_inOrder, (left, right) => string.CompareOrdinal(left.Name, right.Name));
    }

    /// <summary>topic, broker, group, client metrics: as messages call it.</summary>
    public string Entity { get; }

    public ReadOnlySpan<ConfigDefinition> All => _inOrder;

    public bool TryGet(string name, [NotNullWhen(true)] out ConfigDefinition? definition) => _byName.TryGetValue(name, out definition);

    public bool Knows(string name) => _byName.ContainsKey(name);

    public ConfigDefinition this[string name] => _byName[name];
}
