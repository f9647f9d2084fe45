using Ottla.Protocol.Generator.Model;

namespace Ottla.Protocol.Generator.Parsing;

/// <summary>Reads one schema: a line that declares it, then its sections, each a head and indented fields.</summary>
/// <remarks>
/// The first pass (here) turns lines into sections, fields and structures; <see cref="SectionResolver"/> then resolves names and checks
/// what has to fit together.
/// Nothing throws: whatever is wrong becomes a problem, the line is dropped, and reading goes on.
/// </remarks>
internal sealed class SchemaParser
{
    private readonly ProblemList _problems;
    private readonly List<SchemaLine> _lines = [];
    private readonly List<RawSection> _sections = [];
    private Token _declared;
    private Token _keyAt;
    private SchemaKind _kind;
    private int _key = -1;
    private bool _broker;
    private bool _controller;

    private SchemaParser(string path) => _problems = new ProblemList(path);

    public static ParsedFile Parse(string path, IReadOnlyList<string> lines)
    {
        var parser = new SchemaParser(path);
        var schema = parser.Read(path, lines);
        return new ParsedFile(path, parser._problems.IsEmpty ? schema : null, parser._problems.ToArray());
    }

    private Schema? Read(string path, IReadOnlyList<string> lines)
    {
        ReadLines(lines);
        var start = new Token("", 0, 0);
        if (Families.Of(path) is not { } family)
        {
            _problems.Add(Diagnostics.BadDeclaration, start,
                $"a schema lies in a folder named {Families.Names}; its namespace follows from it");
            return null;
        }
        if (_lines.Count == 0)
        {
            _problems.Add(Diagnostics.BadDeclaration, start, "the schema is empty; it begins with 'api', 'record' or 'message'");
            return null;
        }
        if (!ReadDeclaration(_lines[0])) return null;
        ReadSections();
        CheckSections();
        var messages = _sections.Select(section => SectionResolver.Resolve(section, MessageName(section.Kind), _problems)).ToList();
        if (!_problems.IsEmpty) return null;
        return new Schema(family, _kind, _declared.Text, _key, _broker, _controller,
            EquatableArray.From(messages.Select(message => message!)));
    }

    private void ReadLines(IReadOnlyList<string> lines)
    {
        for (var number = 0; number < lines.Count; number++)
        {
            var text = lines[number];
            var tokens = SchemaLine.Cut(text, number);
            if (tokens.Count == 0) continue;
            var tab = text.IndexOf('\t');
            if (tab >= 0) _problems.Add(Diagnostics.Syntax, new Token("\t", number, tab),
                "a tab; fields are indented by spaces, 4 a level");
            else if (tokens[0].Column % SchemaLine.IndentSpaces != 0)
                _problems.Add(Diagnostics.Syntax, tokens[0],
                    $"indented by {tokens[0].Column} spaces; a level is {SchemaLine.IndentSpaces}");
            else _lines.Add(new SchemaLine(tokens[0].Column / SchemaLine.IndentSpaces, tokens));
        }
    }

    private bool ReadDeclaration(SchemaLine line)
    {
        var words = new WordReader(line, _problems);
        var kind = words.Next("'api', 'record' or 'message'");
        switch (kind?.Text)
        {
            case "api": _kind = SchemaKind.Api; break;
            case "record": _kind = SchemaKind.Record; break;
            case "message": _kind = SchemaKind.Message; break;
            default:
                _problems.Add(Diagnostics.BadDeclaration, line.First,
                    $"'{line.First.Text}' is not a declaration; a schema begins with 'api', 'record' or 'message'");
                return false;
        }
        if (_kind != SchemaKind.Message && !ReadKey(words)) return false;
        if (words.Next("a name") is not { } name) return false;
        _declared = name;
        if (!IsName(name.Text)) _problems.Add(Diagnostics.BadName, name,
            $"'{name.Text}' is not a name: a capital letter, then letters and digits");
        if (_kind == SchemaKind.Api) ReadListeners(words);
        words.End();
        return true;
    }

    private bool ReadKey(WordReader words)
    {
        if (words.Next("a key") is not { } key) return false;
        _keyAt = key;
        if (short.TryParse(key.Text, out var number) && number >= 0)
        {
            _key = number;
            return true;
        }
        _problems.Add(Diagnostics.BadDeclaration, key, $"'{key.Text}' is not a key: a number from 0 to {short.MaxValue}");
        return false;
    }

    private void ReadListeners(WordReader words)
    {
        if (!words.Expect(",") || !words.Expect("served") || !words.Expect("by")) return;
        do
        {
            var by = words.Next("'broker' or 'controller'");
            if (by is null) return;
            if (by.Value.Text == "broker") _broker = true;
            else if (by.Value.Text == "controller") _controller = true;
            else _problems.Add(Diagnostics.Syntax, by.Value, $"'{by.Value.Text}' serves nothing; expected 'broker' or 'controller'");
        }
        while (words.Skip("and"));
    }

    private void ReadSections()
    {
        var fields = new Stack<List<RawField>>();
        RawField? above = null;
        foreach (var line in _lines.Skip(1))
        {
            if (line.Depth == 0)
            {
                fields.Clear();
                above = null;
                if (ReadHead(line) is { } section)
                {
                    _sections.Add(section);
                    fields.Push(section.Fields);
                }
                continue;
            }
            if (_sections.Count == 0) continue;
            if (line.Depth == 1 && line.First.Text == "struct")
            {
                var structure = ReadStructure(line);
                fields.Clear();
                fields.Push(_sections[_sections.Count - 1].Fields);
                fields.Push(structure);
                above = null;
                continue;
            }
            if (fields.Count == 0) continue;
            while (fields.Count > line.Depth) { fields.Pop(); above = null; }
            if (line.Depth == fields.Count + 1 && above is not null) fields.Push(above.Fields);
            if (line.Depth != fields.Count)
            {
                _problems.Add(Diagnostics.Syntax, line.First, "indented deeper than the line above allows");
                continue;
            }
            above = FieldParser.Parse(line, _sections[_sections.Count - 1].Versions, _problems);
            if (above is not null) fields.Peek().Add(above);
        }
    }

    private List<RawField> ReadStructure(SchemaLine line)
    {
        var structure = new List<RawField>();
        var words = new WordReader(line, _problems);
        words.Next("'struct'");
        if (words.Next("a structure's name") is not { } name) return structure;
        if (!IsName(name.Text)) _problems.Add(Diagnostics.BadName, name,
            $"'{name.Text}' is not a name: a capital letter, then letters and digits");
        words.End();
        _sections[_sections.Count - 1].Structures.Add(new RawStructure(name, structure));
        return structure;
    }

    private RawSection? ReadHead(SchemaLine line)
    {
        var words = new WordReader(line, _problems);
        var head = words.Next("a section")!.Value;
        if (SectionNamed(head.Text) is not { } kind)
        {
            var allowed = string.Join(", ", SectionsAllowed().Select(section => $"'{Spell(section)}'"));
            _problems.Add(Diagnostics.Syntax, head, $"'{head.Text}' is no section; expected {allowed}");
            return null;
        }
        if (words.Next("versions such as '0-3'") is not { } range) return null;
        if (!VersionText.TryRead(range.Text, null, out var versions) || range.Text.EndsWith("+", StringComparison.Ordinal))
        {
            _problems.Add(Diagnostics.BadVersions, range, $"'{range.Text}' are no versions of a message; write '3' or '0-3'");
            return null;
        }
        var flexible = Versions.None;
        var unstable = false;
        while (words.Skip(","))
        {
            if (words.Next("'flexible' or 'latest unstable'") is not { } word) break;
            if (word.Text == "latest") unstable = words.Expect("unstable");
            else if (word.Text != "flexible") _problems.Add(Diagnostics.Syntax, word,
                $"'{word.Text}' says nothing here; expected 'flexible' or 'latest unstable'");
            else if (words.Next("versions such as '2+'") is { } from) ReadFlexible(from, versions, ref flexible);
        }
        words.End();
        return new RawSection(kind, head, versions, flexible, unstable);
    }

    private void ReadFlexible(Token from, Versions versions, ref Versions flexible)
    {
        if (!VersionText.TryRead(from.Text, versions, out var range) || range.Max < versions.Max)
            _problems.Add(Diagnostics.BadVersions, from, $"'{from.Text}': flexible versions go on to the last; write '2+' or '*'");
        else if (range.Intersect(versions).IsEmpty)
            _problems.Add(Diagnostics.BadVersions, from, $"flexible from version {range.Min}, but the last is {versions.Max}");
        else flexible = range.Intersect(versions);
    }

    private void CheckSections()
    {
        var at = _declared;
        if (_sections.Count == 0) _problems.Add(Diagnostics.BadDeclaration, at, $"'{at.Text}' has no section");
        foreach (var group in _sections.GroupBy(section => section.Kind).Where(group => group.Count() > 1))
            _problems.Add(Diagnostics.BadDeclaration, group.Last().Head, $"a second section '{Spell(group.Key)}'");
        if (_kind == SchemaKind.Record && _sections.Any(s => s.Kind == SectionKind.Body) && _sections.Count > 1)
            _problems.Add(Diagnostics.BadDeclaration, _keyAt, "a record is a 'body', or a 'key' with a 'value', not both");
        if (_kind == SchemaKind.Api && _sections.Count == 1)
            _problems.Add(Diagnostics.BadDeclaration, at, "an api has a 'request' and a 'response'");
    }

    private IEnumerable<SectionKind> SectionsAllowed() => _kind switch
    {
        SchemaKind.Api => [SectionKind.Request, SectionKind.Response],
        SchemaKind.Record => [SectionKind.Key, SectionKind.Value, SectionKind.Body],
        _ => [SectionKind.Body],
    };

    private SectionKind? SectionNamed(string text)
    {
        foreach (var kind in SectionsAllowed())
            if (Spell(kind) == text) return kind;
        return null;
    }

    private string MessageName(SectionKind kind) => kind == SectionKind.Body ? _declared.Text : _declared.Text + kind;

    private static string Spell(SectionKind kind) => kind switch
    {
        SectionKind.Request => "request",
        SectionKind.Response => "response",
        SectionKind.Key => "key",
        SectionKind.Value => "value",
        _ => "body",
    };

    public static bool IsName(string text) => text.Length > 0 && char.IsUpper(text[0]) && text.All(char.IsLetterOrDigit);
}
