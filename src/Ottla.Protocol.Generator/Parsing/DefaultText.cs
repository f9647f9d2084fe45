using System.Globalization;
using Ottla.Protocol.Generator.Model;

namespace Ottla.Protocol.Generator.Parsing;

/// <summary>Defaults: checked against their type, and made a C# expression.</summary>
internal static class DefaultText
{
    /// <returns>Null where the default is the type's own.</returns>
    public static string? Read(Token? token, TypeText type, ProblemList problems)
    {
        if (token is not { } at) return null;
        if (at.Text == "null")
        {
            if (!type.Nullable.IsEmpty) return "null";
            problems.Add(Diagnostics.BadDefault, at, "null by default, but the field cannot be null; mark its type with '?'");
            return null;
        }
        var (fits, text) = type.IsArray ? (false, null) : Fit(type.Scalar, at.Text);
        if (!fits) problems.Add(Diagnostics.BadDefault, at, $"'{at.Text}' is no default of {Describe(type)}");
        return text;
    }

    private static (bool Fits, string? Text) Fit(Scalar scalar, string text)
    {
        switch (scalar)
        {
            case Scalar.Bool: return (text is "true" or "false", text == "true" ? "true" : null);
            case Scalar.Int8: return Whole(text, sbyte.MinValue, sbyte.MaxValue, "");
            case Scalar.Int16: return Whole(text, short.MinValue, short.MaxValue, "");
            case Scalar.Int32: return Whole(text, int.MinValue, int.MaxValue, "");
            case Scalar.UInt16: return Whole(text, ushort.MinValue, ushort.MaxValue, "");
            case Scalar.UInt32: return Whole(text, uint.MinValue, uint.MaxValue, "u");
            case Scalar.Int64: return Whole(text, long.MinValue, long.MaxValue, "L");
            default: return (false, null);
        }
    }

    private static (bool Fits, string? Text) Whole(string text, long min, long max, string suffix)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)) return (false, null);
        if (value < min || value > max) return (false, null);
        return (true, value == 0 ? null : value.ToString(CultureInfo.InvariantCulture) + suffix);
    }

    private static string Describe(TypeText type) =>
        type.IsArray ? "an array (only null is)" : type.Scalar switch
        {
            Scalar.Bool => "a bool: true or false",
            Scalar.Int8 or Scalar.Int16 or Scalar.Int32 or Scalar.Int64 or Scalar.UInt16 or Scalar.UInt32 =>
                $"{type.Scalar.ToString().ToLowerInvariant()}: a whole number within its range",
            _ => $"{(type.Name.Length > 0 ? type.Name : type.Scalar.ToString().ToLowerInvariant())} (only null is, where it is nullable)",
        };
}
