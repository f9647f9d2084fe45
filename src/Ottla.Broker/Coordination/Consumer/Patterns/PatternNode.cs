namespace Ottla.Broker.Coordination.Consumer.Patterns;

/// <summary>What a pattern matches, as a tree; every node knows beforehand what it costs and what it needs.</summary>
/// <param name="Steps">Steps of the program that it becomes, repetitions written out.</param>
/// <param name="CharsMin">The fewest characters that it matches.</param>
/// <param name="Depth">Nodes from here down.</param>
internal abstract record PatternNode(long Steps, int CharsMin, int Depth)
{
    /// <summary>Names of topics have no more characters: what needs more matches none, and what may be repeated more often need
    /// not.</summary>
    public const int NameCharsMax = 249;

    public static readonly PatternNode Nothing = new OneOf(CharSet.Empty);

    /// <summary>One after the other.</summary>
    public static PatternNode Of(IReadOnlyList<PatternNode> parts)
    {
        if (parts.Count == 1) return parts[0];
        var chars = parts.Sum(static p => (long)p.CharsMin);
        return chars > NameCharsMax ? Nothing : new Sequence(parts, parts.Sum(static p => p.Steps), (int)chars, 1 + Deepest(parts));
    }

    public static PatternNode AnyOf(IReadOnlyList<PatternNode> ways) =>
        ways.Count == 1 ? ways[0] : new Choice(ways, ways.Sum(static w => w.Steps + 2), ways.Min(static w => w.CharsMin), 1 + Deepest(ways));

    /// <param name="most">Null: as often as one likes.</param>
    public static PatternNode Times(PatternNode part, int least, int? most)
    {
        if ((long)least * part.CharsMin > NameCharsMax) return Nothing;
        if (most is { } bound && part.CharsMin > 0) most = Math.Min(bound, NameCharsMax / part.CharsMin);
        return new Repeated(part, least, most, (part.Steps + 1) * (most ?? least + 1L) + 1, least * part.CharsMin, 1 + part.Depth);
    }

    private static int Deepest(IReadOnlyList<PatternNode> nodes) => nodes.Count == 0 ? 0 : nodes.Max(static n => n.Depth);
}

/// <summary>One character of a set.</summary>
internal sealed record OneOf(CharSet Set) : PatternNode(1, 1, 1);

/// <summary>A place between characters.</summary>
internal sealed record At(PlaceKind Place) : PatternNode(1, 0, 1);

internal sealed record Sequence(IReadOnlyList<PatternNode> Parts, long Steps, int CharsMin, int Depth) : PatternNode(Steps, CharsMin, Depth);

internal sealed record Choice(IReadOnlyList<PatternNode> Ways, long Steps, int CharsMin, int Depth) : PatternNode(Steps, CharsMin, Depth);

internal sealed record Repeated(PatternNode Part, int Least, int? Most, long Steps, int CharsMin, int Depth) : PatternNode(Steps, CharsMin, Depth);

internal enum PlaceKind
{
    /// <summary>`^` and `\A`: a name has one line.</summary>
    Start,

    /// <summary>`$` and `\z`.</summary>
    End,

    /// <summary>`\b`: between a character of `\w` and something else.</summary>
    WordEdge,

    /// <summary>`\B`.</summary>
    NoWordEdge,
}
