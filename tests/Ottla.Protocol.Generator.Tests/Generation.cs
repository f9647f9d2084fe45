using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Ottla.Protocol.Generator.Tests;

/// <summary>Runs the generator over schemas that a test spells out.</summary>
/// <remarks>What it makes is compiled against the real Ottla.Protocol, so that a test sees if generated code would not build.</remarks>
public sealed class Generation
{
    private static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.Preview);

    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private readonly Compilation _compilation;
    private readonly Dictionary<string, AdditionalText> _texts;
    private GeneratorDriver _driver;

    public Generation(params (string Path, string Text)[] schemas)
    {
        // Named like a friend of Ottla.Protocol: generated code uses what is internal there.
        _compilation = CSharpCompilation.Create("Ottla.Protocol.Tests", references: References,
            options: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable));
        _driver = CSharpGeneratorDriver.Create([new MessageGenerator().AsSourceGenerator()], parseOptions: ParseOptions,
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
        _texts = schemas.ToDictionary(schema => schema.Path, schema => (AdditionalText)new Text(schema.Path, schema.Text));
        _driver = _driver.AddAdditionalTexts([.. _texts.Values]);
        Run();
    }

    public GeneratorRunResult Result => _driver.GetRunResult().Results[0];

    public Compilation Output { get; private set; } = null!;

    public static Generation Of(string schema) => new(("Schemas/Wire/Sample.kmsg", schema));

    /// <summary>Diagnostics as "line:column id text", counted from 1, in the order of lines.</summary>
    public IEnumerable<string> Problems() => Result.Diagnostics
        .OrderBy(diagnostic => diagnostic.Location.GetLineSpan().StartLinePosition)
        .Select(diagnostic =>
        {
            var start = diagnostic.Location.GetLineSpan().StartLinePosition;
            return $"{start.Line + 1}:{start.Character + 1} {diagnostic.Id} {diagnostic.GetMessage(null)}";
        });

    public string Source(string hint) => Result.GeneratedSources.Single(source => source.HintName == hint).SourceText.ToString();

    public void Replace(string path, string text)
    {
        var replacement = new Text(path, text);
        _driver = _driver.ReplaceAdditionalText(_texts[path], replacement);
        _texts[path] = replacement;
        Run();
    }

    private void Run()
    {
        _driver = _driver.RunGeneratorsAndUpdateCompilation(_compilation, out var output, out _);
        Output = output;
    }

    private sealed class Text(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }
}
