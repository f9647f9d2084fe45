namespace Ottla.Protocol.Batches;

/// <summary>How the records of a batch are compressed: the lowest three bits of its attributes.</summary>
public enum CompressionType : byte
{
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}

/// <summary>Who gave a record its timestamp: its producer or the broker that appended it.</summary>
public enum TimestampType : sbyte
{
    /// <summary>Records of magic 0 carry no timestamp.</summary>
    None = -1,
    CreateTime = 0,
    LogAppendTime = 1,
}
