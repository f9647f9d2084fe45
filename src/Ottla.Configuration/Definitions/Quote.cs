namespace Ottla.Configuration.Definitions;

/// <summary>What a message says of a text that somebody sent: its beginning. The whole of it may not fit into an answer.</summary>
public static class Quote
{
    /// <summary>Characters of one name or value.</summary>
    public const int CharsMax = 200;

    /// <summary>Characters of a message that lists several; far below the 32,767 bytes that a string of an answer can have.</summary>
    public const int MessageCharsMax = 4_000;

    public static string? Of(string? text) => Cut(text, CharsMax);

    /// <summary>A message with each word of it cut: what somebody sent stands in it as one. For the types that carry such messages, so that no place
    /// that makes one can forget it.</summary>
    public static string? Within(string? message) =>
        message is null || message.Length <= CharsMax ? message : Cut(string.Join(' ', message.Split(' ').Select(Of)), MessageCharsMax);

    internal static string Message(string text) => Cut(text, MessageCharsMax)!;

    private static string? Cut(string? text, int most)
    {
        if (text is null || text.Length <= most) return text;

        // half a pair of surrogates is no text
        var end = char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
        return text[..end] + "...";
    }
}
