using Ottla.Protocol.Generator.Model;

namespace Ottla.Protocol.Generator.Emission;

/// <summary>Writes the members of one structure's class: properties, Read, Write, and what arrays and defaults need.</summary>
internal sealed class StructureEmitter(CodeWriter code, Message message, Structure structure, bool withJson)
{
    private readonly Versions _present = structure.Present;
    private readonly Versions _flexible = message.Flexible.Intersect(structure.Present);

    private bool IsRoot => structure == message.Root;

    private bool HasTags => !_flexible.IsEmpty;

    /// <summary>The C# that tells whether the version is flexible: a constant where all or none are.</summary>
    private string Flexible => _flexible.IsEmpty ? "false" : _flexible.Covers(_present) ? "true" : "flexible";

    private IEnumerable<Field> Positional => structure.Fields.Where(item => item.Tag < 0);

    private IEnumerable<Field> Tagged => structure.Fields.Where(item => item.Tag >= 0).OrderBy(item => item.Tag);

    public void EmitMembers()
    {
        foreach (var field in structure.Fields) EmitProperty(field);
        if (HasTags)
        {
            code.Line("public List<UnknownTag>? UnknownTags { get; set; }");
            code.Line();
        }
        if (structure.NeedsIsDefault)
        {
            var differs = structure.Fields.Select(FieldCode.Differs).ToList();
            if (HasTags) differs.Add("UnknownTags is { Count: > 0 }");
            code.Line($"internal bool IsDefault => !({string.Join(" || ", differs)});");
            code.Line();
        }
        EmitRead();
        code.Line();
        EmitWrite();
        if (withJson)
        {
            code.Line();
            new JsonEmitter(code, message, structure).Emit();
        }
        if (!structure.InArray) return;
        code.Line();
        EmitReadArray();
        code.Line();
        EmitWriteArray();
    }

    private void EmitProperty(Field field)
    {
        var type = FieldCode.TypeName(field);
        if (field.IsLazy)
        {
            var storage = FieldCode.Storage(field);
            code.Line($"private {type}? {storage};");
            code.Line($"public {type} {field.Name} {{ get => {storage} ??= new(); set => {storage} = value; }}");
        }
        else code.Line($"public {type} {field.Name} {{ get; set; }}{FieldCode.Initializer(field)}");
        code.Line();
    }

    private void EmitRead()
    {
        code.Open($"public static {structure.Name} Read(ref MessageReader reader, short version)");
        if (IsRoot) EmitVersionCheck();
        code.Line($"var read = new {structure.Name}();");
        if (Flexible == "flexible") code.Line($"var flexible = version >= {_flexible.Min};");
        foreach (var field in Positional)
        {
            var line = $"read.{FieldCode.Storage(field)} = {FieldCode.Read(field, Flexible, field.Versions.Intersect(_present))};";
            var condition = FieldCode.Condition(field.Versions, _present);
            code.Line(condition is null ? line : $"if ({condition}) {line}");
        }
        if (HasTags) EmitReadTags();
        code.Line("return read;");
        code.Close();
    }

    private void EmitVersionCheck() => code.Line("if (!Versions.Contains(version)) throw UnsupportedVersionException.Of(" +
        $"nameof({message.Name}), version, Versions);");

    private void EmitReadTags()
    {
        var count = Flexible == "flexible" ? "flexible ? reader.ReadTagCount() : 0" : "reader.ReadTagCount()";
        code.Open($"for (var tags = {count}; tags > 0; tags--)");
        code.Line("var tag = reader.ReadTag(out var end);");
        var first = true;
        foreach (var field in Tagged)
        {
            var condition = FieldCode.Condition(field.Versions, _flexible);
            var test = condition is null ? $"tag == {field.Tag}" : $"tag == {field.Tag} && {condition}";
            var value = FieldCode.Read(field, "true", field.Versions.Intersect(_present));
            code.Line($"{(first ? "" : "else ")}if ({test}) read.{FieldCode.Storage(field)} = {value};");
            first = false;
        }
        code.Line($"{(first ? "" : "else ")}read.UnknownTags = reader.KeepUnknownTag(read.UnknownTags, tag, end);");
        code.Line("reader.EndTag(end);");
        code.Close();
    }

    private void EmitWrite()
    {
        code.Open("public void Write(MessageWriter writer, short version)");
        if (IsRoot) EmitVersionCheck();
        if (Flexible == "flexible") code.Line($"var flexible = version >= {_flexible.Min};");
        foreach (var field in structure.Fields)
        {
            if (!field.Nullable.IsEmpty && !field.Nullable.Covers(field.Versions.Intersect(_present))) EmitNullCheck(field);
            if (field.Tag < 0) EmitWritePositional(field);
            else if (!field.Ignorable && !field.Versions.Covers(_present))
                code.Line($"if (version < {field.Versions.Min} && ({FieldCode.Differs(field)})) {Refuse(field)}");
        }
        if (HasTags) EmitWriteTags();
        code.Close();
    }

    private void EmitNullCheck(Field field)
    {
        var present = field.Versions.Intersect(_present);
        var inField = FieldCode.Condition(present, _present);
        var nullable = FieldCode.Condition(field.Nullable, present)!;
        var isNull = field.Type.Scalar == Scalar.Records ? $"{field.Name}.IsNull" : $"{field.Name} is null";
        var test = inField is null ? $"!({nullable})" : $"{inField} && !({nullable})";
        code.Line($"if ({isNull} && {test}) " +
            $"throw UnsupportedVersionException.Null(nameof({message.Name}), nameof({field.Name}), version);");
    }

    private void EmitWritePositional(Field field)
    {
        var line = FieldCode.Write(field, Flexible);
        var condition = FieldCode.Condition(field.Versions, _present);
        if (condition is null)
        {
            code.Line(line);
            return;
        }
        code.Line($"if ({condition}) {{ {line} }}");
        if (!field.Ignorable) code.Line($"else if ({FieldCode.Differs(field)}) {Refuse(field)}");
    }

    private string Refuse(Field field) =>
        $"throw UnsupportedVersionException.Field(nameof({message.Name}), nameof({field.Name}), version);";

    private void EmitWriteTags()
    {
        if (!Tagged.Any())
        {
            code.Line($"{(Flexible == "flexible" ? "if (flexible) " : "")}writer.WriteUnknownTags(UnknownTags);");
            return;
        }
        if (Flexible == "flexible") code.Line("if (!flexible) return;");
        code.Line("var tags = new TagSection(writer, UnknownTags);");
        foreach (var field in Tagged)
        {
            var condition = FieldCode.Condition(field.Versions, _flexible);
            var differs = FieldCode.Differs(field);
            code.Open($"if ({(condition is null ? differs : $"{condition} && {differs}")})");
            code.Line($"tags.Begin({field.Tag});");
            code.Line(FieldCode.Write(field, "true"));
            code.Line("tags.End();");
            code.Close();
        }
        code.Line("tags.Complete();");
    }

    private void EmitReadArray()
    {
        code.Open($"internal static List<{structure.Name}>? ReadArray(ref MessageReader reader, short version, bool flexible)");
        code.Line($"var count = reader.ReadArrayLength(flexible, {Math.Max(1, structure.BytesMin)});");
        code.Line("if (count < 0) return null;");
        code.Line($"var items = new List<{structure.Name}>(count);");
        code.Line("for (; count > 0; count--) items.Add(Read(ref reader, version));");
        code.Line("return items;");
        code.Close();
    }

    private void EmitWriteArray()
    {
        var parameters = $"MessageWriter writer, List<{structure.Name}>? items, short version, bool flexible, int whenNull";
        code.Open($"internal static void WriteArray({parameters})");
        code.Line("writer.WriteArrayLength(items?.Count ?? whenNull, flexible);");
        code.Line("if (items is null) return;");
        code.Line("foreach (var item in items) item.Write(writer, version);");
        code.Close();
    }
}
