using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Ottla.Protocol.Generator.Model;

namespace Ottla.Protocol.Generator;

/// <summary>Every diagnostic of the generator. Each points at the words that are wrong, in the schema, not in generated code.</summary>
internal static class Diagnostics
{
    public const string Syntax = "OTTLA001";
    public const string UnknownType = "OTTLA002";
    public const string BadVersions = "OTTLA003";
    public const string BadName = "OTTLA004";
    public const string BadTag = "OTTLA005";
    public const string BadDefault = "OTTLA006";
    public const string BadStructure = "OTTLA007";
    public const string BadDeclaration = "OTTLA008";
    public const string BadNullability = "OTTLA009";
    public const string DuplicateKey = "OTTLA010";

    private static readonly Dictionary<string, DiagnosticDescriptor> Descriptors = new DiagnosticDescriptor[]
    {
        Describe(Syntax, "A line of a schema cannot be read"),
        Describe(UnknownType, "A schema names a type that does not exist"),
        Describe(BadVersions, "Versions of a schema contradict each other"),
        Describe(BadName, "A name of a schema is taken or cannot be a name"),
        Describe(BadTag, "A tag of a schema is wrong"),
        Describe(BadDefault, "A default of a schema does not fit its type"),
        Describe(BadStructure, "A structure of a schema is missing, unused or holds itself"),
        Describe(BadDeclaration, "A schema does not declare what it is"),
        Describe(BadNullability, "A field of a schema cannot be null"),
        Describe(DuplicateKey, "Two schemas claim the same key"),
    }.ToDictionary(descriptor => descriptor.Id);

    public static Diagnostic Create(Problem problem)
    {
        var start = new LinePosition(problem.Line, problem.Column);
        var end = new LinePosition(problem.Line, problem.Column + problem.Length);
        var location = Location.Create(problem.Path, new TextSpan(0, 0), new LinePositionSpan(start, end));
        return Diagnostic.Create(Descriptors[problem.Id], location, problem.Text);
    }

    private static DiagnosticDescriptor Describe(string id, string title) =>
        new(id, title, "{0}", "Ottla.Schemas", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
