using Ottla.Protocol.Generator.Model;

namespace Ottla.Protocol.Generator.Parsing;

/// <summary>
/// Second pass: gives structures their classes, cuts versions to where a structure occurs, and checks tags, defaults and names.
/// </summary>
internal sealed class SectionResolver
{
    /// <summary>What the class of a structure is called when its own name is taken by a property beside it.</summary>
    private const string Suffix = "Data";

    private readonly RawSection _section;
    private readonly string _messageName;
    private readonly ProblemList _problems;
    private readonly Dictionary<string, StructureDraft> _structures = [];
    private readonly List<StructureDraft> _ordered = [];

    private SectionResolver(RawSection section, string messageName, ProblemList problems)
    {
        _section = section;
        _messageName = messageName;
        _problems = problems;
    }

    public static Message? Resolve(RawSection section, string messageName, ProblemList problems) =>
        new SectionResolver(section, messageName, problems).Resolve();

    private Message? Resolve()
    {
        var root = new StructureDraft(_section.Head, _messageName, _section.Fields) { ClassName = _messageName };
        _ordered.Add(root);
        Collect(_section.Fields);
        foreach (var structure in _section.Structures)
            if (Declare(structure.Name, structure.Name.Text, structure.Fields)) Collect(structure.Fields);
        NameClasses();
        foreach (var draft in _ordered) ResolveFields(draft);
        if (!_problems.IsEmpty || !Visit(root, _section.Versions, [])) return null;
        foreach (var draft in _ordered.Where(draft => draft.Present.IsEmpty))
            _problems.Add(Diagnostics.BadStructure, draft.At, $"no field holds the structure '{draft.Name}'");
        MarkDefaults();
        if (!_problems.IsEmpty) return null;
        var sizes = new EncodedSizes(_structures, _section.Flexible);
        return new Message(_section.Kind, _messageName, _section.Versions, _section.Flexible, _section.LatestUnstable,
            EquatableArray.From(_ordered.Select(draft => draft.Build(sizes.Min(draft)))));
    }

    private void Collect(List<RawField> fields)
    {
        foreach (var field in fields.Where(field => field.Fields.Count > 0))
        {
            var name = StructureNameOf(field);
            if (TypeText.IsScalar(name))
                _problems.Add(Diagnostics.BadStructure, field.Type,
                    $"fields stand below '{field.Name.Text}', whose type '{field.Type.Text}' is no structure");
            else if (Declare(field.Type, name, field.Fields)) Collect(field.Fields);
        }
    }

    private static string StructureNameOf(RawField field)
    {
        var text = field.Type.Text.StartsWith("[]", StringComparison.Ordinal) ? field.Type.Text.Substring(2) : field.Type.Text;
        var mark = text.IndexOf('?');
        return mark < 0 ? text : text.Substring(0, mark);
    }

    private bool Declare(Token at, string name, List<RawField> fields)
    {
        if (_structures.ContainsKey(name))
        {
            _problems.Add(Diagnostics.BadName, at, $"the structure '{name}' is declared twice in this message");
            return false;
        }
        var draft = new StructureDraft(at, name, fields);
        _structures.Add(name, draft);
        _ordered.Add(draft);
        return true;
    }

    private void NameClasses()
    {
        var taken = new HashSet<string>(_section.Fields.Select(field => field.Name.Text)) { _messageName };
        var classes = new HashSet<string>();
        foreach (var draft in _ordered.Skip(1))
        {
            var collides = taken.Contains(draft.Name) || draft.RawFields.Any(field => field.Name.Text == draft.Name);
            draft.ClassName = collides ? draft.Name + Suffix : draft.Name;
            if (!classes.Add(draft.ClassName) || taken.Contains(draft.ClassName))
                _problems.Add(Diagnostics.BadName, draft.At,
                    $"the class '{draft.ClassName}' of the structure '{draft.Name}' is taken; name the structure differently");
        }
    }

    private void ResolveFields(StructureDraft draft)
    {
        var names = new HashSet<string>();
        var isRoot = draft == _ordered[0];
        foreach (var raw in draft.RawFields)
        {
            if (!names.Add(raw.Name.Text)) _problems.Add(Diagnostics.BadName, raw.Name, $"a second field '{raw.Name.Text}'");
            if (raw.Name.Text == "UnknownTags" || isRoot && raw.Name.Text is "Versions" or "FlexibleVersions" or "RecordKey" or "ApiKey")
                _problems.Add(Diagnostics.BadName, raw.Name, $"'{raw.Name.Text}' is a member that every message has");
            if (TypeText.Read(raw.Type, _section.Versions, _problems) is not { } type) continue;
            if (type.Name.Length > 0 && !_structures.ContainsKey(type.Name))
            {
                _problems.Add(Diagnostics.UnknownType, raw.Type, $"'{type.Name}' is neither a type nor a structure of this message");
                continue;
            }
            if (raw.Tag >= 0 && !_section.Flexible.Covers(raw.Versions))
                _problems.Add(Diagnostics.BadTag, raw.TagAt,
                    $"a tagged field lives in flexible versions ({_section.Flexible}) only; this one has {raw.Versions}");
            var @default = DefaultText.Read(raw.Default, type, _problems);
            var className = type.Name.Length > 0 ? $"{_messageName}.{_structures[type.Name].ClassName}" : "";
            var fieldType = new FieldType(type.Scalar, type.IsArray, className);
            var field = new Field(raw.Name.Text, fieldType, raw.Versions, type.Nullable.Intersect(raw.Versions), raw.Tag, raw.Ignorable,
                @default);
            if (type.Scalar == Scalar.Structure && type.IsArray) _structures[type.Name].InArray = true;
            draft.Fields.Add((field, type.Name.Length > 0 ? _structures[type.Name] : null));
        }
        CheckTags(draft);
    }

    private void CheckTags(StructureDraft draft)
    {
        foreach (var group in draft.RawFields.Where(field => field.Tag >= 0).GroupBy(field => field.Tag))
        {
            if (group.Count() > 1)
                _problems.Add(Diagnostics.BadTag, group.Last().TagAt, $"tag {group.Key} is taken by '{group.First().Name.Text}'");
        }
    }

    /// <summary>Finds where each structure occurs, and structures that hold themselves.</summary>
    private bool Visit(StructureDraft draft, Versions versions, List<StructureDraft> path)
    {
        if (path.Contains(draft))
        {
            _problems.Add(Diagnostics.BadStructure, draft.At, $"the structure '{draft.Name}' holds itself");
            return false;
        }
        draft.Present = draft.Present.Hull(versions);
        path.Add(draft);
        foreach (var (field, structure) in draft.Fields)
        {
            var inner = field.Versions.Intersect(versions);
            if (structure is not null && !inner.IsEmpty && !Visit(structure, inner, path)) return false;
        }
        path.Remove(draft);
        return true;
    }

    /// <summary>A writer asks whether a structure is a new one where it is tagged, or where leaving it out would lose something.</summary>
    private void MarkDefaults()
    {
        foreach (var draft in _ordered)
        {
            foreach (var (field, structure) in draft.Fields)
            {
                if (structure is null || field.Type.IsArray || field.DefaultsToNull) continue;
                if (field.Tag >= 0 || !field.Ignorable && !field.Versions.Covers(draft.Present)) MarkDefault(structure);
            }
        }
    }

    private static void MarkDefault(StructureDraft draft)
    {
        draft.NeedsIsDefault = true;
        foreach (var (field, structure) in draft.Fields)
            if (structure is not null && !field.Type.IsArray && !field.DefaultsToNull) MarkDefault(structure);
    }
}
