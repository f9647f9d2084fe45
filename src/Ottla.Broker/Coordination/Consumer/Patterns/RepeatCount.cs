namespace Ottla.Broker.Coordination.Consumer.Patterns;

/// <summary>`{2}`, `{2,}` or `{2,5}`.</summary>
/// <param name="Chars">How long it is in the pattern.</param>
/// <param name="Most">Null: as often as one likes.</param>
internal readonly record struct RepeatCount(int Chars, int Least, int? Most)
{
    /// <summary>More is refused, whatever it would repeat.</summary>
    private const int CountMax = 1_000;

    /// <summary>What is none is taken as it stands: `{`, `{,2}`, `{01}`.</summary>
    /// <exception cref="PatternException">It is one with numbers that are not allowed.</exception>
    public static bool TryRead(ReadOnlySpan<char> text, out RepeatCount count)
    {
        count = default;
        var at = 1;
        if (!TryNumber(text, ref at, out var least)) return false;
        int? most = least;
        if (at < text.Length && text[at] == ',')
        {
            at++;
            most = null;
            if (at < text.Length && text[at] != '}')
            {
                if (!TryNumber(text, ref at, out var bound)) return false;
                most = bound;
            }
        }
        if (at >= text.Length || text[at] != '}') return false;
        if (least > CountMax || most > CountMax || most < least) throw new PatternException("invalid repeat count");
        count = new(at + 1, least, most);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, ref int at, out int number)
    {
        (number, var began) = (0, at);
        for (; at < text.Length && char.IsAsciiDigit(text[at]); at++) number = Math.Min(number * 10 + text[at] - '0', CountMax + 1);
        return at > began && (text[began] != '0' || at == began + 1);
    }
}
