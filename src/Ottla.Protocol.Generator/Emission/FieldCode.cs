using Ottla.Protocol.Generator.Model;

namespace Ottla.Protocol.Generator.Emission;

/// <summary>What the C# of a field looks like: its type, what reads it, what writes it, what tells that it has its default.</summary>
internal static class FieldCode
{
    /// <summary>Where the value lies: the property, or the backing field of a lazy one.</summary>
    public static string Storage(Field field) => field.IsLazy
        ? "_" + char.ToLowerInvariant(field.Name[0]) + field.Name.Substring(1) : field.Name;

    public static string TypeName(Field field)
    {
        var element = field.Type.Scalar switch
        {
            Scalar.Bool => "bool",
            Scalar.Int8 => "sbyte",
            Scalar.Int16 => "short",
            Scalar.Int32 => "int",
            Scalar.Int64 => "long",
            Scalar.UInt16 => "ushort",
            Scalar.UInt32 => "uint",
            Scalar.Float64 => "double",
            Scalar.Error => "ErrorCode",
            Scalar.Uuid => "Uuid",
            Scalar.String => "string",
            Scalar.Bytes => "ReadOnlyMemory<byte>",
            Scalar.Records => "Records",
            _ => field.Type.Structure,
        };
        var type = field.Type.IsArray ? $"List<{element}>" : element;
        return field.IsNullable && field.Type.Scalar != Scalar.Records ? type + "?" : type;
    }

    public static string Initializer(Field field)
    {
        if (field.DefaultsToNull) return "";
        if (field.Default is not null) return $" = {field.Default};";
        if (field.Type.IsArray) return " = [];";
        return field.Type.Scalar switch
        {
            Scalar.String => " = \"\";",
            Scalar.Bytes when field.IsNullable => " = ReadOnlyMemory<byte>.Empty;",
            Scalar.Structure when field.IsNullable => " = new();",
            _ => "",
        };
    }

    /// <summary>An expression that is true where the field differs from its default.</summary>
    public static string Differs(Field field)
    {
        var name = Storage(field);
        var isRecords = field.Type is { Scalar: Scalar.Records, IsArray: false };
        if (field.DefaultsToNull) return isRecords ? $"!{name}.IsNull" : $"{name} is not null";
        if (field.Type.IsArray) return field.IsNullable ? $"{name} is not {{ Count: 0 }}" : $"{name} is {{ Count: > 0 }}";
        return field.Type.Scalar switch
        {
            Scalar.Bool => field.Default is null ? name : "!" + name,
            Scalar.String => field.IsNullable ? $"{name} is not {{ Length: 0 }}" : $"{name}.Length > 0",
            Scalar.Bytes => field.IsNullable ? $"{name} is not {{ IsEmpty: true }}" : $"!{name}.IsEmpty",
            Scalar.Records => $"!{name}.IsNull",
            Scalar.Uuid => $"!{name}.IsZero",
            Scalar.Structure => field.IsNullable ? $"{name} is not {{ IsDefault: true }}" : $"{name} is {{ IsDefault: false }}",
            _ => $"{name} != {field.Default ?? "0"}",
        };
    }

    /// <param name="flexible">A C# expression.</param>
    /// <param name="present">Versions in which this code runs.</param>
    public static string Read(Field field, string flexible, Versions present)
    {
        if (field.Nullable.IsEmpty) return ReadAs(field, flexible, nullable: false);
        if (field.Nullable.Covers(present)) return ReadAs(field, flexible, nullable: true);
        var (allowed, refused) = (ReadAs(field, flexible, nullable: true), ReadAs(field, flexible, nullable: false));
        return $"{Condition(field.Nullable, present)} ? {allowed} : {refused}";
    }

    private static string ReadAs(Field field, string flexible, bool nullable)
    {
        var kind = nullable ? "Nullable" : "";
        if (field.Type.IsArray)
        {
            if (field.Type.Scalar != Scalar.Structure) return $"reader.Read{kind}{field.Type.Scalar}Array({flexible})";
            var read = $"{field.Type.Structure}.ReadArray(ref reader, version, {flexible})";
            return nullable ? read : $"{read} ?? throw reader.NullArray()";
        }
        return field.Type.Scalar switch
        {
            Scalar.String or Scalar.Bytes or Scalar.Records => $"reader.Read{kind}{field.Type.Scalar}({flexible})",
            Scalar.Error => "(ErrorCode)reader.ReadInt16()",
            Scalar.Structure when nullable => $"reader.Read{Presence(field)}() ? {field.Type.Structure}.Read(ref reader, version) : null",
            Scalar.Structure => $"{field.Type.Structure}.Read(ref reader, version)",
            _ => $"reader.Read{field.Type.Scalar}()",
        };
    }

    /// <summary>A structure that may be null is told from null in another way where it is a tagged field.</summary>
    private static string Presence(Field field) => field.Tag >= 0 ? "TaggedIsPresent" : "IsPresent";

    public static string Write(Field field, string flexible)
    {
        var name = Storage(field);
        var kind = field.IsNullable ? "Nullable" : "";
        if (field.Type.IsArray)
        {
            return field.Type.Scalar == Scalar.Structure
                ? $"{field.Type.Structure}.WriteArray(writer, {name}, version, {flexible}, {(field.IsNullable ? "-1" : "0")});"
                : $"writer.Write{kind}{field.Type.Scalar}Array({name}, {flexible});";
        }
        return field.Type.Scalar switch
        {
            Scalar.String or Scalar.Bytes or Scalar.Records => $"writer.Write{kind}{field.Type.Scalar}({name}, {flexible});",
            Scalar.Error => $"writer.WriteInt16((short){name});",
            Scalar.Structure when field.IsNullable => $"if (writer.Write{Presence(field)}({name} is not null)) {name}!.Write(writer, version);",
            Scalar.Structure => $"{field.Name}.Write(writer, version);",
            _ => $"writer.Write{field.Type.Scalar}({name});",
        };
    }

    /// <summary>
    /// An expression that is true in some versions, given that the version is one of <paramref name="present"/>; null where it always is.
    /// </summary>
    public static string? Condition(Versions versions, Versions present)
    {
        var common = versions.Intersect(present);
        var from = common.Min > present.Min;
        var to = common.Max < present.Max;
        if (from && to) return common.Min == common.Max ? $"version == {common.Min}" : $"version is >= {common.Min} and <= {common.Max}";
        return from ? $"version >= {common.Min}" : to ? $"version <= {common.Max}" : null;
    }
}
