using Ottla.Configuration.Definitions;

namespace Ottla.Metadata.Control;

/// <summary>What a topic may be called.</summary>
public static class TopicName
{
    public const int LengthMax = 249;

    /// <summary>The topic of the metadata log itself, which nobody may create.</summary>
    public const string ClusterMetadata = "__cluster_metadata";

    /// <summary>What is wrong with the name, in the words that tools look for; null where nothing is.</summary>
    public static string? WhyInvalid(string name)
    {
        if (name.Length == 0) return "Topic name is invalid: the empty string is not allowed";
        if (name is "." or "..") return $"Topic name is invalid: '{name}' is not allowed";
        if (name.Length > LengthMax)
            return $"Topic name is invalid: the length of '{Quote.Of(name)}' is longer than the max allowed length {LengthMax}";
        return !IsLegal(name)
            ? $"Topic name is invalid: '{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
            : null;
    }

    private static bool IsLegal(string name)
    {
        foreach (var letter in name)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '_' or '-')) return false;
        }

        return true;
    }

    /// <summary>Metric names have '_' for '.', so two topics that differ in that alone would share theirs.</summary>
    public static bool CanCollide(string name) => name.AsSpan().IndexOfAny('.', '_') >= 0;

    public static string Unified(string name) => name.Replace('.', '_');
}
