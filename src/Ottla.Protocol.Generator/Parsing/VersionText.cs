using System.Globalization;
using Ottla.Protocol.Generator.Model;

namespace Ottla.Protocol.Generator.Parsing;

/// <summary>Versions as schemas write them: `3`, `0-3`, `12+`, and `*` for all that the message has.</summary>
internal static class VersionText
{
    /// <param name="all">What `*` stands for; null where it is not allowed.</param>
    public static bool TryRead(string text, Versions? all, out Versions versions)
    {
        versions = all ?? Versions.None;
        if (text == "*") return all is not null;
        var dash = text.IndexOf('-');
        var open = text.EndsWith("+", StringComparison.Ordinal);
        var first = dash > 0 ? text.Substring(0, dash) : open ? text.Substring(0, text.Length - 1) : text;
        if (!TryNumber(first, out var min)) return false;
        var max = open ? Versions.Last : min;
        if (dash > 0 && !TryNumber(text.Substring(dash + 1), out max)) return false;
        versions = new Versions(min, max);
        return !versions.IsEmpty;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < Versions.Last;
}
