namespace Ottla.Protocol.Generator.Model;

/// <summary>Which folder a schema lies in, hence its namespace.</summary>
internal enum Family { Wire, Metadata, Coordinator, Raft, Storage }

internal enum SchemaKind { Api, Record, Message }

/// <summary>The part of a file that one message comes from.</summary>
internal enum SectionKind { Request, Response, Key, Value, Body }

/// <summary>
/// What one file describes: an API (request and response), a stored record (key and value, or a body), or a message of another kind.
/// </summary>
/// <remarks>Everything here compares by value and holds no Roslyn object: that is what makes the generator incremental.</remarks>
internal sealed record Schema(Family Family, SchemaKind Kind, string Name, int Key, bool ServedByBroker, bool ServedByController,
    EquatableArray<Message> Messages);

internal sealed record Message(SectionKind Section, string Name, Versions Versions, Versions Flexible, bool LatestUnstable,
    EquatableArray<Structure> Structures)
{
    /// <summary>The structure that is the message itself; the others are nested in it.</summary>
    public Structure Root => Structures[0];
}

/// <param name="Name">The name of the class.</param>
/// <param name="Present">Versions in which the structure occurs at all.</param>
/// <param name="BytesMin">Length of the shortest encoding in any version; bounds an array's count before it is allocated.</param>
/// <param name="NeedsIsDefault">Whether a writer has to ask if it differs from a new one.</param>
internal sealed record Structure(string Name, Versions Present, EquatableArray<Field> Fields, int BytesMin, bool NeedsIsDefault,
    bool InArray);

/// <param name="Tag">The tag's number, or -1 where the field is positional.</param>
/// <param name="Default">A C# expression, or null where the default is the type's own: zero, "", an empty array, a new structure.</param>
internal sealed record Field(string Name, FieldType Type, Versions Versions, Versions Nullable, int Tag, bool Ignorable, string? Default)
{
    public bool IsNullable => !Nullable.IsEmpty;

    public bool DefaultsToNull => Default == "null";

    /// <summary>
    /// Kept in a nullable backing field, made when somebody asks: most arrays and structures of most messages are never looked at.
    /// </summary>
    public bool IsLazy => !IsNullable && (Type.IsArray || Type.Scalar == Scalar.Structure);
}

internal enum Scalar { Bool, Int8, Int16, Int32, Int64, UInt16, UInt32, Float64, Error, Uuid, String, Bytes, Records, Structure }

/// <param name="Structure">The class of the structure with the message's before it (a property beside it may bear its name); empty for any
/// other type.</param>
internal sealed record FieldType(Scalar Scalar, bool IsArray, string Structure);
