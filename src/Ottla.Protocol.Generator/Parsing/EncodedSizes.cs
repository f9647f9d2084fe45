using Ottla.Protocol.Generator.Model;

namespace Ottla.Protocol.Generator.Parsing;

/// <summary>
/// The shortest encoding of a structure: an array that claims more elements than fit into what was received is refused before it is
/// allocated.
/// </summary>
internal sealed class EncodedSizes(IReadOnlyDictionary<string, StructureDraft> structures, Versions flexible)
{
    public int Min(StructureDraft draft)
    {
        var min = int.MaxValue;
        for (var version = draft.Present.Min; version <= draft.Present.Max; version++) min = Math.Min(min, Of(draft, version));
        return min;
    }

    private int Of(StructureDraft draft, int version)
    {
        var compact = flexible.Contains(version);
        var bytes = compact ? 1 : 0;
        foreach (var (field, structure) in draft.Fields)
            if (field.Tag < 0 && field.Versions.Contains(version)) bytes += Of(field, structure, version, compact);
        return bytes;
    }

    private int Of(Field field, StructureDraft? structure, int version, bool compact)
    {
        if (field.Type.IsArray) return compact ? 1 : 4;
        switch (field.Type.Scalar)
        {
            case Scalar.Bool: case Scalar.Int8: return 1;
            case Scalar.Int16: case Scalar.UInt16: case Scalar.Error: return 2;
            case Scalar.Int32: case Scalar.UInt32: return 4;
            case Scalar.Int64: case Scalar.Float64: return 8;
            case Scalar.Uuid: return 16;
            case Scalar.String: return compact ? 1 : 2;
            case Scalar.Bytes: case Scalar.Records: return compact ? 1 : 4;
            default: return field.IsNullable ? 1 : Of(structures[structure!.Name], version);
        }
    }
}
