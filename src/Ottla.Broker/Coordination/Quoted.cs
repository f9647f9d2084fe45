namespace Ottla.Broker.Coordination;

/// <summary>What a client sent, as answers and the log quote it: a string may have 32,767 bytes, an answer's may have no more, and nobody reads so much.</summary>
internal static class Quoted
{
    /// <summary>More than a name of a topic has.</summary>
    public const int CharsMax = 250;

    public static string Of(string text) => text.Length <= CharsMax ? text : string.Concat(text.AsSpan(0, CharsMax), "...");
}
