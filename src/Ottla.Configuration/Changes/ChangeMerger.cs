using Ottla.Configuration.Definitions;

namespace Ottla.Configuration.Changes;

/// <summary>Applies operations to a map of dynamic configs, before anybody looks at what the values mean. Pure.</summary>
internal static class ChangeMerger
{
    /// <param name="current">What is set now.</param>
    /// <param name="changes">At most one for each name.</param>
    /// <param name="refuseList">Why a list operation on this name is refused; null when it is none.</param>
    /// <param name="listOf">The list that an operation starts from when none is set.</param>
    /// <param name="refusal">Not null: the map is as before.</param>
    public static IReadOnlyDictionary<string, string> Merge(
        IReadOnlyDictionary<string, string> current, IReadOnlyList<ConfigChange> changes,
        Func<ConfigChange, Refusal?> refuseList, Func<string, string?> listOf, out Refusal? refusal)
    {
        refusal = Inspect(changes);
        if (refusal is not null) return current;
        var merged = new Dictionary<string, string>(current, StringComparer.Ordinal);
        foreach (var change in changes)
        {
            switch (change.Operation)
            {
                case ConfigOperation.Set:
                    merged[change.Name] = change.Value!;
                    break;
                case ConfigOperation.Delete:
                    merged.Remove(change.Name);
                    break;
                default:
                    refusal = refuseList(change);
                    if (refusal is not null) return current;
                    merged[change.Name] = Combine(merged.GetValueOrDefault(change.Name) ?? listOf(change.Name), change);
                    break;
            }
        }

        return merged;
    }

    private static Refusal? Inspect(IReadOnlyList<ConfigChange> changes)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var change in changes)
        {
            if (!seen.Add(change.Name)) return Refusal.InvalidRequest("Error due to duplicate config keys");
        }

        foreach (var change in changes)
        {
            if (change.Operation is < ConfigOperation.Set or > ConfigOperation.Subtract)
                return Refusal.InvalidRequest($"Unknown operation {(int)change.Operation} for config {change.Name}");
            if (change.Value is null && change.Operation != ConfigOperation.Delete)
                return Refusal.InvalidRequest($"Null value not supported for : {change.Name}");
        }

        return null;
    }

    private static string Combine(string? present, ConfigChange change)
    {
        var items = new List<string>(ConfigText.SplitList((present ?? "").AsSpan().Trim()));
        foreach (var item in ConfigText.SplitList(change.Value.AsSpan().Trim()))
        {
            if (change.Operation == ConfigOperation.Subtract) items.RemoveAll(other => other == item);
            else if (!items.Contains(item)) items.Add(item);
        }

        return string.Join(',', items);
    }

    public static string NameOf(ConfigOperation operation) => operation == ConfigOperation.Append ? "APPEND" : "SUBTRACT";

    public static Refusal NoList(ConfigChange change) =>
        Refusal.InvalidConfig($"Can't {NameOf(change.Operation)} to key {change.Name} because its type is not LIST.");
}
