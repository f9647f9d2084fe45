namespace Ottla.Protocol.Generator.Parsing;

/// <summary>A word of a schema and where it stands, counted from 0.</summary>
internal readonly record struct Token(string Text, int Line, int Column)
{
    public int Length => Text.Length;
}

/// <summary>One line that says something: its words, and how deep it stands.</summary>
internal sealed record SchemaLine(int Depth, IReadOnlyList<Token> Tokens)
{
    public const int IndentSpaces = 4;

    public Token First => Tokens[0];

    /// <summary>
    /// Cuts a line into words; a comma, an equals sign and a bracketed remark of a type stay with what they belong to or stand alone.
    /// </summary>
    public static List<Token> Cut(string text, int line)
    {
        var tokens = new List<Token>();
        var at = 0;
        while (at < text.Length && text[at] != '#')
        {
            if (text[at] == ' ') { at++; continue; }
            var start = at++;
            if (!IsAlone(text[start]))
                while (at < text.Length && text[at] != ' ' && text[at] != '#' && !IsAlone(text[at])) at++;
            tokens.Add(new Token(text.Substring(start, at - start), line, start));
        }
        return tokens;
    }

    private static bool IsAlone(char character) => character is ',' or '=';
}
