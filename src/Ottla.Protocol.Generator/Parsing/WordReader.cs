namespace Ottla.Protocol.Generator.Parsing;

/// <summary>Takes the words of a line one by one and says what it expected where they run out.</summary>
internal sealed class WordReader(SchemaLine line, ProblemList problems)
{
    private int _next;

    public bool AtEnd => _next == line.Tokens.Count;

    private Token Last => line.Tokens[line.Tokens.Count - 1];

    public Token? Next(string expected)
    {
        if (!AtEnd) return line.Tokens[_next++];
        problems.Add(Diagnostics.Syntax, new Token(" ", Last.Line, Last.Column + Last.Length),
            $"the line ends after '{Last.Text}'; expected {expected}");
        return null;
    }

    public bool Skip(string word)
    {
        if (AtEnd || line.Tokens[_next].Text != word) return false;
        _next++;
        return true;
    }

    public bool Expect(string word)
    {
        if (Next($"'{word}'") is not { } found) return false;
        if (found.Text == word) return true;
        problems.Add(Diagnostics.Syntax, found, $"'{found.Text}' stands where '{word}' is expected");
        _next = line.Tokens.Count;
        return false;
    }

    public void End()
    {
        if (!AtEnd) problems.Add(Diagnostics.Syntax, line.Tokens[_next], $"'{line.Tokens[_next].Text}' is more than the line can hold");
    }
}
