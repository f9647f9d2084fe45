using System.Text;
using Ottla.Configuration.Definitions;

namespace Ottla.Configuration.Changes;

/// <summary>Applies operations to a map of dynamic configs, before anybody looks at what the values mean. Pure.</summary>
internal static class ChangeMerger
{
    /// <summary>The longest name and the longest value that a metadata record can hold, in UTF-8.</summary>
    public const int StringBytesMax = short.MaxValue;

    /// <param name="current">What is set now.</param>
    /// <param name="changes">At most one for each name.</param>
    /// <param name="refuseList">Why a list operation on this name is refused; null when it is none.</param>
    /// <param name="listOf">The list that an operation starts from when none is set.</param>
    /// <param name="refusal">Not null: the map is as before.</param>
    public static IReadOnlyDictionary<string, string> Merge(
        IReadOnlyDictionary<string, string> current, IReadOnlyList<ConfigChange> changes,
        Func<ConfigChange, ConfigRefusal?> refuseList, Func<string, string?> listOf, out ConfigRefusal? refusal)
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

        refusal = RefuseTooLong(merged, current);
        return refusal is null ? merged : current;
    }

    // A record's strings have 15 bits for their length; what is there already fits.
    public static ConfigRefusal? RefuseTooLong(IReadOnlyDictionary<string, string> merged, IReadOnlyDictionary<string, string> current)
    {
        foreach (var (name, value) in merged)
        {
            if (current.TryGetValue(name, out var old) && old == value) continue;
            if (Encoding.UTF8.GetByteCount(name) > StringBytesMax)
                return ConfigRefusal.InvalidConfig(
                    $"The configuration name cannot be added because it exceeds the maximum size of {StringBytesMax} bytes.");
            if (Encoding.UTF8.GetByteCount(value) > StringBytesMax)
                return ConfigRefusal.InvalidConfig(
                    $"The configuration value cannot be added because it exceeds the maximum value size of {StringBytesMax} bytes.");
        }

        return null;
    }

    private static ConfigRefusal? Inspect(IReadOnlyList<ConfigChange> changes)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var change in changes)
        {
            if (!seen.Add(change.Name)) return ConfigRefusal.InvalidRequest("Error due to duplicate config keys");
        }

        foreach (var change in changes)
        {
            if (change.Operation is < ConfigOperation.Set or > ConfigOperation.Subtract)
                return ConfigRefusal.InvalidRequest($"Unknown operation {(int)change.Operation} for config {Quote.Of(change.Name)}");
            if (change.Value is null && change.Operation != ConfigOperation.Delete)
                return ConfigRefusal.InvalidRequest($"Null value not supported for : {Quote.Of(change.Name)}");
        }

        return null;
    }

    private static string Combine(string? present, ConfigChange change)
    {
        var items = ConfigText.SplitList(present);
        var named = ConfigText.SplitList(change.Value);
        if (change.Operation == ConfigOperation.Subtract)
        {
            var gone = new HashSet<string>(named, StringComparer.Ordinal);
            return string.Join(',', items.Where(item => !gone.Contains(item)));
        }

        var there = new HashSet<string>(items, StringComparer.Ordinal);
        return string.Join(',', items.Concat(named.Where(there.Add)));
    }

    public static string NameOf(ConfigOperation operation) => operation == ConfigOperation.Append ? "APPEND" : "SUBTRACT";

    public static ConfigRefusal NoList(ConfigChange change) =>
        ConfigRefusal.InvalidConfig($"Can't {NameOf(change.Operation)} to key {Quote.Of(change.Name)} because its type is not LIST.");
}
