using Ottla.Configuration.Catalogs;
using Ottla.Configuration.Definitions;
using Ottla.Configuration.Patterns;

namespace Ottla.Configuration.Changes;

/// <summary>Dynamic configs of a subscription to clients' metrics (KIP-714). Pure.</summary>
public static class ClientMetricsChanges
{
    public static ChangeOutcome Apply(IReadOnlyDictionary<string, string> current, IReadOnlyList<ConfigChange> changes)
    {
        var merged = ChangeMerger.Merge(current, changes, ChangeMerger.NoList, _ => null, out var refusal);
        refusal ??= Judge(merged);
        return refusal is null ? ChangeOutcome.Accepted(current, merged) : ChangeOutcome.Refused(current, refusal);
    }

    private static ConfigRefusal? Judge(IReadOnlyDictionary<string, string> configs)
    {
        foreach (var (name, text) in configs)
        {
            if (!ClientMetricsConfigs.Catalog.TryGet(name, out var definition))
                return ConfigRefusal.InvalidRequest($"Unknown client metrics configuration: {Quote.Of(name)}");
            if (!definition.TryParse(text, out var value, out var error)) return ConfigRefusal.InvalidConfig(error.WireMessage);
            if (name == "interval.ms" && value.AsInt() is < ClientMetricsConfigs.IntervalMsMin or > ClientMetricsConfigs.IntervalMsMax)
                return ConfigRefusal.InvalidRequest(
                    $"Invalid value {value} for interval.ms, interval must be between {ClientMetricsConfigs.IntervalMsMin} "
                    + $"and {ClientMetricsConfigs.IntervalMsMax} (1 hour)");
            if (name != "match") continue;
            foreach (var pattern in value.AsList())
            {
                if (!IsPattern(pattern)) return ConfigRefusal.InvalidConfig($"Illegal client matching pattern: {Quote.Of(pattern)}");
            }
        }

        return null;
    }

    private static bool IsPattern(string text)
    {
        var split = text.IndexOf('=');
        if (split < 0 || !IsSelector(text[..split].Trim())) return false;
        try
        {
            _ = new JavaPattern(text[(split + 1)..].Trim());
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool IsSelector(string name) => name is
        "client_instance_id" or "client_id" or "client_software_name" or "client_software_version" or "client_source_address"
        or "client_source_port";
}
