using Ottla.Protocol.Generator.Model;

namespace Ottla.Protocol.Generator.Parsing;

/// <summary>A structure while it is resolved.</summary>
internal sealed class StructureDraft(Token at, string name, List<RawField> rawFields)
{
    public Token At => at;

    public string Name => name;

    public List<RawField> RawFields => rawFields;

    public string ClassName { get; set; } = "";

    public List<(Field Field, StructureDraft? Structure)> Fields { get; } = [];

    public Versions Present { get; set; } = Versions.None;

    public bool NeedsIsDefault { get; set; }

    public bool InArray { get; set; }

    public Structure Build(int bytesMin)
    {
        var fields = Fields.Select(pair => pair.Field).Where(field => !field.Versions.Intersect(Present).IsEmpty);
        return new Structure(ClassName, Present, EquatableArray.From(fields), bytesMin, NeedsIsDefault, InArray);
    }
}
