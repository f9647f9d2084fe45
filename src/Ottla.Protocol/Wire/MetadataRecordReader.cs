namespace Ottla.Protocol.Wire;

/// <summary>Reads any record of the metadata log by the key in its frame.</summary>
public static partial class MetadataRecordReader
{
    /// <exception cref="MalformedMessageException">The bytes are no metadata record, or none that this program knows.</exception>
    /// <exception cref="UnsupportedVersionException">The record's version is newer than this program.</exception>
    public static IMessage Read(ReadOnlyMemory<byte> bytes)
    {
        var reader = new MessageReader(bytes);
        var (key, version) = StoredRecords.ReadMetadataFrame(ref reader);
        return Read(key, ref reader, version) ?? throw new MalformedMessageException($"There is no metadata record {key}.");
    }
}
