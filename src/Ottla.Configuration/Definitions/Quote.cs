namespace Ottla.Configuration.Definitions;

/// <summary>What a message says of a text that somebody sent: its beginning. The whole of it may not fit into an answer.</summary>
public static class Quote
{
    /// <summary>Characters of one name or value.</summary>
    public const int CharsMax = 200;

    /// <summary>Characters of a message that lists several; far below the 32,767 bytes that a string of an answer can have.</summary>
    public const int MessageCharsMax = 4_000;

    public static string? Of(string? text) => Cut(text, CharsMax);

    internal static string Message(string text) => Cut(text, MessageCharsMax)!;

    private static string? Cut(string? text, int most)
    {
        if (text is null || text.Length <= most) return text;

        // half a pair of surrogates is no text
        var end = char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
        return text[..end] + "...";
    }
}
