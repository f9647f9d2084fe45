using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Metadata.Snapshots;
using Ottla.Protocol.Wire;

namespace Ottla.Metadata.Tests;

/// <summary>An image as text, the same for equal images: the bytes of the records that a snapshot of it holds, sorted.</summary>
internal static class ImageText
{
    public static string Of(MetadataImage image) => string.Join('\n', ImageRecords.Of(image).Select(Hex).Order(StringComparer.Ordinal));

    private static string Hex(VersionedRecord record)
    {
        using var writer = new MessageWriter();
        MetadataRecordWriter.Write(writer, record);
        return $"{record.Record.GetType().Name} {Convert.ToHexStringLower(writer.WrittenSpan)}";
    }
}
