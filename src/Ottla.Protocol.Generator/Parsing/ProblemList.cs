using Ottla.Protocol.Generator.Model;

namespace Ottla.Protocol.Generator.Parsing;

/// <summary>Collects what is wrong in one file; parsing goes on behind a problem, so that one build shows them all.</summary>
internal sealed class ProblemList(string path)
{
    private readonly List<Problem> _problems = [];

    public bool IsEmpty => _problems.Count == 0;

    public void Add(string id, Token at, string text) => _problems.Add(new Problem(id, path, at.Line, at.Column, at.Length, text));

    public EquatableArray<Problem> ToArray() => EquatableArray.From(_problems);
}
