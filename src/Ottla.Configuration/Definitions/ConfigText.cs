using System.Globalization;

namespace Ottla.Configuration.Definitions;

/// <summary>Text to value and back by Kafka's rules: blanks around a value are cut, TRUE is true, a list is cut at its commas.</summary>
internal static class ConfigText
{
    /// <summary>Null when the text was read, else Kafka's words for what is wrong.</summary>
    public static string? Read(ConfigType type, string? text, out ConfigValue value)
    {
        value = ConfigValue.None;
        if (text is null) return null;
        var trimmed = JavaNumbers.Trim(text);
        switch (type)
        {
            case ConfigType.Boolean:
                if (trimmed.Equals("true", StringComparison.OrdinalIgnoreCase)) value = ConfigValue.Of(true);
                else if (trimmed.Equals("false", StringComparison.OrdinalIgnoreCase)) value = ConfigValue.Of(false);
                else return "Expected value to be either true or false";
                return null;
            case ConfigType.Int:
                return ReadWhole(type, trimmed, int.MinValue, int.MaxValue, out value);
            case ConfigType.Short:
                return ReadWhole(type, trimmed, short.MinValue, short.MaxValue, out value);
            case ConfigType.Long:
                return ReadWhole(type, trimmed, long.MinValue, long.MaxValue, out value);
            case ConfigType.Double:
                if (!JavaNumbers.TryReadDouble(trimmed, out var real)) return "Not a number of type DOUBLE";
                value = ConfigValue.Of(real);
                return null;
            case ConfigType.List:
                value = ConfigValue.Of(SplitList(trimmed));
                return null;
            default:
                value = ConfigValue.Of(type, trimmed.Length == text.Length ? text : trimmed.ToString());
                return null;
        }
    }

    /// <summary>Cuts at commas with the blanks around them; the empty text is the empty list.</summary>
    public static IReadOnlyList<string> SplitList(ReadOnlySpan<char> text)
    {
        text = JavaNumbers.Trim(text);
        if (text.IsEmpty) return [];
        var items = new List<string>();
        while (true)
        {
            var end = text.IndexOf(',');
            items.Add(JavaNumbers.Trim(end < 0 ? text : text[..end]).ToString());
            if (end < 0) return items;
            text = text[(end + 1)..];
        }
    }

    /// <summary>A double as Java prints it: 0.5, 1.0E7, 1.7976931348623157E308. Tools compare this text.</summary>
    public static string Write(double value)
    {
        if (double.IsNaN(value)) return "NaN";
        if (double.IsInfinity(value)) return value > 0 ? "Infinity" : "-Infinity";
        if (value == 0) return double.IsNegative(value) ? "-0.0" : "0.0";
        var size = Math.Abs(value);
        if (size is >= 1e-3 and < 1e7)
        {
            // .NET turns to the exponent only below 1e-5 and above 1e15, so the shortest form is plain here
            var plain = value.ToString("R", CultureInfo.InvariantCulture);
            return plain.Contains('.') ? plain : plain + ".0";
        }

        var text = value.ToString("E16", CultureInfo.InvariantCulture);
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        var exponent = int.Parse(text.AsSpan(text.IndexOf('E') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return Mantissa(shortest) + "E" + exponent.ToString(CultureInfo.InvariantCulture);
    }

    private static string Mantissa(string shortest)
    {
        var sign = shortest.StartsWith('-') ? "-" : "";
        var end = shortest.IndexOf('E');
        var digits = (end < 0 ? shortest : shortest[..end]).Replace("-", "").Replace(".", "").Trim('0');
        return sign + digits[0] + "." + (digits.Length > 1 ? digits[1..] : "0");
    }

    private static string? ReadWhole(ConfigType type, ReadOnlySpan<char> text, long least, long most, out ConfigValue value)
    {
        value = ConfigValue.None;
        if (!JavaNumbers.TryReadWhole(text, out var number) || number < least || number > most)
            return "Not a number of type " + NameOf(type);
        value = ConfigValue.Of(type, number);
        return null;
    }

    public static string NameOf(ConfigType type) => type.ToString().ToUpperInvariant();
}
