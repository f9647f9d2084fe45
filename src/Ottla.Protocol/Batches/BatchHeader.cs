using System.Buffers.Binary;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Batches;

/// <summary>
/// What the first 61 bytes of a record batch say, decoded at once; also a message of magic 0 or 1, as far as it has these fields.
/// </summary>
/// <remarks>
/// A value without ties to the bytes that it was read from. <see cref="TryRead"/> promises a known magic and a length that the magic
/// allows, nothing else: neither that the bytes of the batch are all there nor that the checksum holds (<see cref="BatchReader"/>,
/// <see cref="HasValidCrc"/>, `BatchValidator`). Of a compressed message of magic 0 or 1 only <see cref="LastOffset"/> is known here; its
/// first offset stands inside (<see cref="LegacyMessages"/>).
/// </remarks>
public readonly struct BatchHeader
{
    public const int BaseOffsetPosition = 0;
    public const int LengthPosition = 8;
    public const int PartitionLeaderEpochPosition = 12;
    public const int MagicPosition = 16;
    public const int CrcPosition = 17;
    public const int AttributesPosition = 21;
    public const int LastOffsetDeltaPosition = 23;
    public const int BaseTimestampPosition = 27;
    public const int MaxTimestampPosition = 35;
    public const int ProducerIdPosition = 43;
    public const int ProducerEpochPosition = 51;
    public const int BaseSequencePosition = 53;
    public const int RecordCountPosition = 57;

    /// <summary>Bytes of a batch of magic 2 before its records.</summary>
    public const int Size = 61;

    /// <summary>Base offset and length: the bytes that <see cref="BatchLength"/> does not count.</summary>
    public const int OverheadBytes = 12;

    /// <summary>As many bytes as it takes to know length and magic of whatever comes.</summary>
    public const int BytesUpToMagic = 17;

    public const byte MagicLatest = 2;

    /// <summary>A timestamp that is not there.</summary>
    public const long NoTimestamp = -1;

    /// <summary>A sequence number, producer epoch or size that is not there.</summary>
    public const int None = -1;

    internal const int LegacyCrcPosition = 12;
    internal const int LegacyAttributesPosition = 17;
    internal const int LegacyTimestampPosition = 18;

    private const int CompressionMask = 0x07;
    private const int LogAppendTimeFlag = 0x08;
    private const int TransactionalFlag = 0x10;
    private const int ControlFlag = 0x20;
    private const int DeleteHorizonFlag = 0x40;

    /// <summary>Offset of the first record; of a message of magic 0 or 1 the same as <see cref="LastOffset"/>.</summary>
    public Offset BaseOffset { get; private init; }

    /// <summary>Bytes that follow the length field, as the field says.</summary>
    public int BatchLength { get; private init; }

    public LeaderEpoch PartitionLeaderEpoch { get; private init; }

    public byte Magic { get; private init; }

    /// <summary>CRC-32C of everything from the attributes on; of magic 0 and 1 CRC-32 of everything from the magic on.</summary>
    public uint Crc { get; private init; }

    public short Attributes { get; private init; }

    public int LastOffsetDelta { get; private init; }

    /// <summary>
    /// Timestamp that the records' deltas count from, in ms since 1970; the delete horizon where <see cref="HasDeleteHorizon"/>.
    /// </summary>
    public long BaseTimestamp { get; private init; }

    /// <summary>Latest timestamp of the records, or the time of the append, in ms since 1970.</summary>
    public long MaxTimestamp { get; private init; }

    public ProducerId ProducerId { get; private init; }

    public short ProducerEpoch { get; private init; }

    public int BaseSequence { get; private init; }

    /// <summary>
    /// Records in the batch, as the field says; 1 for a plain message of magic 0 or 1, <see cref="None"/> for a compressed one.
    /// </summary>
    public int RecordCount { get; private init; }

    /// <summary>The batch from its first byte to its last.</summary>
    public int SizeInBytes => OverheadBytes + BatchLength;

    public Offset LastOffset => BaseOffset + LastOffsetDelta;

    public Offset NextOffset => LastOffset + 1;

    /// <summary>May be a number without a codec; see <see cref="HasKnownCompression"/>.</summary>
    public CompressionType Compression => (CompressionType)(Attributes & CompressionMask);

    public bool HasKnownCompression => Compression <= CompressionType.Zstd;

    public bool IsCompressed => Compression != CompressionType.None;

    public TimestampType TimestampType => Magic == 0 ? TimestampType.None
        : (Attributes & LogAppendTimeFlag) != 0 ? TimestampType.LogAppendTime : TimestampType.CreateTime;

    public bool IsTransactional => Magic >= 2 && (Attributes & TransactionalFlag) != 0;

    /// <summary>Holds a marker of a transaction or of the quorum, no records of users.</summary>
    public bool IsControl => Magic >= 2 && (Attributes & ControlFlag) != 0;

    /// <summary>Compaction noted in <see cref="BaseTimestamp"/> when the batch's tombstones or markers may go (KIP-534).</summary>
    public bool HasDeleteHorizon => Magic >= 2 && (Attributes & DeleteHorizonFlag) != 0;

    public bool HasProducerId => ProducerId.Value > ProducerId.None.Value;

    /// <summary>Sequence of the last record: after 2^31-1 comes 0; <see cref="None"/> without a base sequence.</summary>
    public int LastSequence => BaseSequence == None ? None : AddToSequence(BaseSequence, LastOffsetDelta);

    /// <summary>
    /// Reads the header at the start of <paramref name="bytes"/>: false where there are too few bytes for it, the magic is unknown or the
    /// length is below the least.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out BatchHeader header)
    {
        header = default;
        if (bytes.Length < BytesUpToMagic) return false;
        var magic = bytes[MagicPosition];
        if (magic > MagicLatest) return false;
        var headerBytes = HeaderBytes(magic);
        if (bytes.Length < headerBytes || BinaryPrimitives.ReadInt32BigEndian(bytes[LengthPosition..]) < headerBytes - OverheadBytes)
            return false;
        header = magic == MagicLatest ? ReadLatest(bytes[..Size]) : ReadLegacy(bytes, magic);
        return true;
    }

    /// <summary>
    /// Bytes before records, key or value; for magic 0 and 1 with the lengths of a key and a value, which are always there.
    /// </summary>
    internal static int HeaderBytes(byte magic) => magic switch { 0 => 26, 1 => 34, _ => Size };

    /// <summary>Whether the checksum fits. <paramref name="batch"/> is the whole batch (<see cref="SizeInBytes"/> bytes).</summary>
    public bool HasValidCrc(ReadOnlySpan<byte> batch) => Crc == ComputeCrc(batch);

    /// <summary>The checksum that a batch should have.</summary>
    public static uint ComputeCrc(ReadOnlySpan<byte> batch) =>
        batch[MagicPosition] == MagicLatest ? Crc32C.Compute(batch[AttributesPosition..]) : LegacyMessages.ComputeCrc(batch);

    /// <summary>Outside of the checksum: free of cost.</summary>
    public static void SetBaseOffset(Span<byte> batch, Offset offset) =>
        BinaryPrimitives.WriteInt64BigEndian(batch[BaseOffsetPosition..], offset.Value);

    /// <summary>Outside of the checksum: free of cost.</summary>
    public static void SetPartitionLeaderEpoch(Span<byte> batch, LeaderEpoch epoch) =>
        BinaryPrimitives.WriteInt32BigEndian(batch[PartitionLeaderEpochPosition..], epoch.Value);

    /// <summary>
    /// Sets the latest timestamp and who gave it, and the checksum anew. <paramref name="batch"/> is a whole batch of magic 2. Readers take
    /// the maximum as every record's timestamp where the type is <see cref="TimestampType.LogAppendTime"/>, so the records stay as they
    /// are.
    /// </summary>
    public static void SetMaxTimestamp(Span<byte> batch, TimestampType type, long maxTimestamp)
    {
        Invariant.That(batch.Length >= Size && batch[MagicPosition] == MagicLatest);
        ref var low = ref batch[AttributesPosition + 1];
        low = (byte)(type == TimestampType.LogAppendTime ? low | LogAppendTimeFlag : low & ~LogAppendTimeFlag);
        BinaryPrimitives.WriteInt64BigEndian(batch[MaxTimestampPosition..], maxTimestamp);
        SetCrc(batch);
    }

    /// <summary>Writes the checksum of a whole batch of magic 2.</summary>
    public static void SetCrc(Span<byte> batch) =>
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcPosition..], Crc32C.Compute(batch[AttributesPosition..]));

    /// <summary>The sequence <paramref name="count"/> records later: after 2^31-1 comes 0.</summary>
    public static int AddToSequence(int sequence, int count) => (int)(((long)sequence + count) & int.MaxValue);

    internal static short ToAttributes(CompressionType compression, TimestampType timestampType, bool transactional, bool control,
        bool deleteHorizon) => (short)(
        (int)compression
        | (timestampType == TimestampType.LogAppendTime ? LogAppendTimeFlag : 0)
        | (transactional ? TransactionalFlag : 0)
        | (control ? ControlFlag : 0)
        | (deleteHorizon ? DeleteHorizonFlag : 0));

    private static BatchHeader ReadLatest(ReadOnlySpan<byte> bytes) => new()
    {
        BaseOffset = new Offset(BinaryPrimitives.ReadInt64BigEndian(bytes)),
        BatchLength = BinaryPrimitives.ReadInt32BigEndian(bytes[LengthPosition..]),
        PartitionLeaderEpoch = new LeaderEpoch(BinaryPrimitives.ReadInt32BigEndian(bytes[PartitionLeaderEpochPosition..])),
        Magic = MagicLatest,
        Crc = BinaryPrimitives.ReadUInt32BigEndian(bytes[CrcPosition..]),
        Attributes = BinaryPrimitives.ReadInt16BigEndian(bytes[AttributesPosition..]),
        LastOffsetDelta = BinaryPrimitives.ReadInt32BigEndian(bytes[LastOffsetDeltaPosition..]),
        BaseTimestamp = BinaryPrimitives.ReadInt64BigEndian(bytes[BaseTimestampPosition..]),
        MaxTimestamp = BinaryPrimitives.ReadInt64BigEndian(bytes[MaxTimestampPosition..]),
        ProducerId = new ProducerId(BinaryPrimitives.ReadInt64BigEndian(bytes[ProducerIdPosition..])),
        ProducerEpoch = BinaryPrimitives.ReadInt16BigEndian(bytes[ProducerEpochPosition..]),
        BaseSequence = BinaryPrimitives.ReadInt32BigEndian(bytes[BaseSequencePosition..]),
        RecordCount = BinaryPrimitives.ReadInt32BigEndian(bytes[RecordCountPosition..]),
    };

    private static BatchHeader ReadLegacy(ReadOnlySpan<byte> bytes, byte magic)
    {
        var attributes = bytes[LegacyAttributesPosition] & (CompressionMask | LogAppendTimeFlag);
        var timestamp = magic == 0 ? NoTimestamp : BinaryPrimitives.ReadInt64BigEndian(bytes[LegacyTimestampPosition..]);
        return new()
        {
            BaseOffset = new Offset(BinaryPrimitives.ReadInt64BigEndian(bytes)),
            BatchLength = BinaryPrimitives.ReadInt32BigEndian(bytes[LengthPosition..]),
            PartitionLeaderEpoch = LeaderEpoch.None,
            Magic = magic,
            Crc = BinaryPrimitives.ReadUInt32BigEndian(bytes[LegacyCrcPosition..]),
            Attributes = (short)attributes,
            BaseTimestamp = timestamp,
            MaxTimestamp = timestamp,
            ProducerId = ProducerId.None,
            ProducerEpoch = None,
            BaseSequence = None,
            RecordCount = (attributes & CompressionMask) == 0 ? 1 : None,
        };
    }
}
