using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Ottla.Protocol.Generator.Emission;
using Ottla.Protocol.Generator.Model;
using Ottla.Protocol.Generator.Parsing;

namespace Ottla.Protocol.Generator;

/// <summary>Makes the message types of Ottla.Protocol out of its `.kmsg` schemas.</summary>
/// <remarks>
/// One output a file, plus one with the tables over all of them. Every step hands on values that compare by content, so an edit of one
/// schema regenerates that one's types and, only where its declaration changed, the tables. A file with a problem yields diagnostics and no
/// code.
/// </remarks>
[Generator(LanguageNames.CSharp)]
public sealed class MessageGenerator : IIncrementalGenerator
{
    internal const string ParsedStep = "Parsed";
    internal const string TableStep = "Tables";

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var files = context.AdditionalTextsProvider
            .Where(file => file.Path.EndsWith(".kmsg", StringComparison.Ordinal))
            .Select((file, cancellation) => SchemaParser.Parse(file.Path, Lines(file, cancellation)))
            .WithTrackingName(ParsedStep);
        context.RegisterSourceOutput(files, EmitFile);

        var declarations = files.Select((file, _) => Declaration(file)).Where(file => file is not null).Collect()
            .Select((all, _) => EquatableArray.From(all.Select(file => file!)))
            .WithTrackingName(TableStep);
        context.RegisterSourceOutput(declarations, EmitTables);
    }

    private static List<string> Lines(AdditionalText file, CancellationToken cancellation) =>
        file.GetText(cancellation) is { } text ? text.Lines.Select(line => line.ToString()).ToList() : [];

    private static void EmitFile(SourceProductionContext context, ParsedFile file)
    {
        foreach (var problem in file.Problems) context.ReportDiagnostic(Diagnostics.Create(problem));
        if (file.Schema is { } schema) context.AddSource($"{schema.Family}.{schema.Name}.g.cs", MessageEmitter.Emit(schema));
    }

    /// <summary>What the tables need of a file: its fields are left out, so that editing them leaves the tables alone.</summary>
    private static ParsedFile? Declaration(ParsedFile file)
    {
        if (file.Schema is not { } schema) return null;
        var heads = EquatableArray.From(schema.Messages.Select(message => message with { Structures = default }));
        return file with { Schema = schema with { Messages = heads } };
    }

    private static void EmitTables(SourceProductionContext context, EquatableArray<ParsedFile> files)
    {
        if (files.Length == 0) return;
        var tabled = files.Where(file =>
            file.Schema is { Kind: SchemaKind.Api } or { Kind: SchemaKind.Record, Family: Family.Metadata }).ToList();
        var unique = new List<Schema>();
        foreach (var group in tabled.GroupBy(file => (file.Schema!.Kind, file.Schema.Key)))
        {
            unique.Add(group.First().Schema!);
            foreach (var file in group.Skip(1))
            {
                var taker = group.First();
                var text = $"key {group.Key.Key} of '{file.Schema!.Name}' is taken by '{taker.Schema!.Name}' ({taker.Path})";
                context.ReportDiagnostic(Diagnostics.Create(new Problem(Diagnostics.DuplicateKey, file.Path, 0, 0, 1, text)));
            }
        }
        context.AddSource("Tables.g.cs", TableEmitter.Emit(unique));
    }
}
