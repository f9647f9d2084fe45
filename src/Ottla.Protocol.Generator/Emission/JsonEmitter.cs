using Ottla.Protocol.Generator.Model;

namespace Ottla.Protocol.Generator.Emission;

/// <summary>Writes the member that prints a stored record as JSON, the way Apache Kafka's dump tool prints it.</summary>
/// <remarks>
/// A field is there in the versions that have it, a tagged one only where it differs from its default. Requests and responses get none:
/// nobody prints them, and their code would double.
/// </remarks>
internal sealed class JsonEmitter(CodeWriter code, Message message, Structure structure)
{
    private readonly Versions _present = structure.Present;

    public void Emit()
    {
        code.Open("public void WriteJson(JsonText json, short version)");
        if (structure == message.Root) code.Line("if (!Versions.Contains(version)) throw UnsupportedVersionException.Of(" +
            $"nameof({message.Name}), version, Versions);");
        code.Line("json.BeginObject();");
        foreach (var field in structure.Fields) Emit(field);
        code.Line("json.EndObject();");
        code.Close();
    }

    private void Emit(Field field)
    {
        var conditions = new List<string>();
        if (FieldCode.Condition(field.Versions, _present) is { } versions) conditions.Add(versions);
        if (field.Tag >= 0) conditions.Add($"({FieldCode.Differs(field)})");
        code.Open(conditions.Count > 0 ? $"if ({string.Join(" && ", conditions)})" : "");
        code.Line($"json.Name(\"{char.ToLowerInvariant(field.Name[0])}{field.Name.Substring(1)}\");");
        var isNullable = field.IsNullable && !(field.Type.Scalar == Scalar.Records && !field.Type.IsArray);
        var otherwise = isNullable ? $"if ({field.Name} is null) json.Null(); else " : "";
        if (!field.Type.IsArray) code.Line(otherwise + Value(field, field.Name));
        else
        {
            code.Open(otherwise);
            code.Line("json.BeginArray();");
            code.Line($"foreach (var item in {field.Name}) {Value(field, "item")}");
            code.Line("json.EndArray();");
            code.Close();
        }
        code.Close();
    }

    private static string Value(Field field, string name) => field.Type.Scalar switch
    {
        Scalar.Structure => $"{name}.WriteJson(json, version);",
        Scalar.Error => $"json.Value((short){name});",
        Scalar.Bytes when field.IsNullable && !field.Type.IsArray => $"json.Value({name}.Value);",
        _ => $"json.Value({name});",
    };
}
