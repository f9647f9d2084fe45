namespace Ottla.Protocol.Wire;

/// <summary>Reads a tagged section in which no tag is known.</summary>
internal static class TagReader
{
    public static List<UnknownTag>? ReadUnknown(ref MessageReader reader)
    {
        List<UnknownTag>? tags = null;
        for (var count = reader.ReadTagCount(); count > 0; count--)
        {
            var tag = reader.ReadTag(out var end);
            tags = reader.KeepUnknownTag(tags, tag, end);
        }
        return tags;
    }
}
