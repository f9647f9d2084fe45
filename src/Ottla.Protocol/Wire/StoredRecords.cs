namespace Ottla.Protocol.Wire;

/// <summary>How stored records are framed: which record, which version, then the body.</summary>
public static class StoredRecords
{
    /// <summary>The frame around a metadata record has had one version so far.</summary>
    private const uint MetadataFrameVersion = 1;

    /// <summary>Metadata log and tiered storage: varint frame version, varint record key, varint version, body.</summary>
    public static void WriteMetadata<T>(MessageWriter writer, T record, short version) where T : IStoredRecord<T>
    {
        writer.WriteUnsignedVarint(MetadataFrameVersion);
        writer.WriteUnsignedVarint((uint)T.RecordKey);
        writer.WriteUnsignedVarint((uint)version);
        record.Write(writer, version);
    }

    /// <summary>Reads the frame before a metadata record and leaves the reader at its body.</summary>
    /// <exception cref="MalformedMessageException">The frame is of a kind that is not known.</exception>
    public static (uint Key, short Version) ReadMetadataFrame(ref MessageReader reader)
    {
        var frame = reader.ReadUnsignedVarint();
        if (frame != MetadataFrameVersion)
            throw new MalformedMessageException($"A metadata record's frame has version {frame}; only {MetadataFrameVersion} is known.");
        var key = reader.ReadUnsignedVarint();
        var version = reader.ReadUnsignedVarint();
        if (version > short.MaxValue) throw new MalformedMessageException($"A metadata record {key} claims version {version}.");
        return (key, (short)version);
    }

    /// <summary>A coordinator's key: int16 record key, body in version 0.</summary>
    public static void WriteKey<T>(MessageWriter writer, T key) where T : IStoredRecord<T>
    {
        writer.WriteInt16(T.RecordKey);
        key.Write(writer, 0);
    }

    /// <summary>A coordinator's value: int16 version, body.</summary>
    public static void WriteValue<T>(MessageWriter writer, T value, short version) where T : IStoredRecord<T>
    {
        writer.WriteInt16(version);
        value.Write(writer, version);
    }

    /// <summary>Reads a coordinator's value with the version before it.</summary>
    /// <exception cref="MalformedMessageException">The bytes are no such value.</exception>
    /// <exception cref="UnsupportedVersionException">The version is newer than this program.</exception>
    public static T ReadValue<T>(ReadOnlyMemory<byte> bytes) where T : IStoredRecord<T>
    {
        var reader = new MessageReader(bytes);
        var version = reader.ReadInt16();
        return T.Read(ref reader, version);
    }

    /// <summary>Reads a coordinator's key behind the record key, which the caller has looked at with <see cref="ReadRecordKey"/>.</summary>
    public static T ReadKey<T>(ReadOnlyMemory<byte> bytes) where T : IStoredRecord<T>
    {
        var reader = new MessageReader(bytes);
        var key = reader.ReadInt16();
        if (key != T.RecordKey)
            throw new MalformedMessageException($"A key of record {key} where {typeof(T).Name} ({T.RecordKey}) is expected.");
        return T.Read(ref reader, 0);
    }

    /// <summary>Which record a coordinator's key belongs to.</summary>
    public static short ReadRecordKey(ReadOnlyMemory<byte> bytes)
    {
        var reader = new MessageReader(bytes);
        return reader.ReadInt16();
    }
}
