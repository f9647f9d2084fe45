using System.Globalization;

namespace Ottla.Configuration.Definitions;

/// <summary>Says in plain words what a config accepts. Units come from the end of its name, where Kafka carries them.</summary>
internal static class Wording
{
    public static string OfType(ConfigDefinition config, long? least, long? most) => config.Type switch
    {
        ConfigType.Boolean => "true or false",
        ConfigType.Int => Whole(config, least, most, int.MinValue, int.MaxValue),
        ConfigType.Short => Whole(config, least, most, short.MinValue, short.MaxValue),
        ConfigType.Long => Whole(config, least, most, long.MinValue, long.MaxValue),
        ConfigType.Double => "a number",
        ConfigType.List => "a list, its items parted by commas and none of them empty",
        ConfigType.Class => "the name of a class",
        _ => "a text",
    };

    public static string OfDouble(ConfigDefinition config, double? least, double? most)
    {
        var text = "a number";
        if (least is { } low) text += " from " + low.ToString(CultureInfo.InvariantCulture);
        if (most is { } high) text += " to " + high.ToString(CultureInfo.InvariantCulture);
        return text;
    }

    private static string Whole(ConfigDefinition config, long? least, long? most, long typeLeast, long typeMost) =>
        $"a whole number{Unit(config.Name)} from {Bound(config, least ?? typeLeast)} to {Bound(config, most ?? typeMost)}";

    private static string Bound(ConfigDefinition config, long bound) =>
        bound == -1 && MeansNoLimit(config.Name) ? "-1 (no limit)" : bound.ToString(CultureInfo.InvariantCulture);

    private static bool MeansNoLimit(string name) => name.Contains("retention", StringComparison.Ordinal);

    private static string Unit(string name)
    {
        if (name.EndsWith(".ms", StringComparison.Ordinal) || name.EndsWith(".millis", StringComparison.Ordinal)) return " of ms";
        if (name.EndsWith(".bytes", StringComparison.Ordinal)) return " of bytes";
        if (name.EndsWith(".minutes", StringComparison.Ordinal)) return " of minutes";
        if (name.EndsWith(".hours", StringComparison.Ordinal)) return " of hours";
        return name.EndsWith(".seconds", StringComparison.Ordinal) || name.EndsWith(".secs", StringComparison.Ordinal) ? " of seconds" : "";
    }
}
