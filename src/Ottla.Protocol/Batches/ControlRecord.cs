using System.Buffers.Binary;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Batches;

/// <summary>What a control record says; its key is a version (0) and this number, 16 bits each.</summary>
public enum ControlRecordType : short
{
    Unknown = -1,
    Abort = 0,
    Commit = 1,
    LeaderChange = 2,
    SnapshotHeader = 3,
    SnapshotFooter = 4,
    KRaftVersion = 5,
    KRaftVoters = 6,
}

/// <summary>Keys of control records and the markers that end a transaction.</summary>
public static class ControlRecord
{
    public const int KeyBytes = 4;

    private const int EndMarkerBytes = 6;

    public static void WriteKey(Span<byte> key, ControlRecordType type)
    {
        BinaryPrimitives.WriteInt16BigEndian(key, 0);
        BinaryPrimitives.WriteInt16BigEndian(key[2..], (short)type);
    }

    /// <summary>
    /// The type that a control record's key names; <see cref="ControlRecordType.Unknown"/> for keys from the future or none.
    /// </summary>
    public static ControlRecordType TypeOf(NullableBytes key)
    {
        if (key.Length < KeyBytes || BinaryPrimitives.ReadInt16BigEndian(key.Span) < 0) return ControlRecordType.Unknown;
        var type = (ControlRecordType)BinaryPrimitives.ReadInt16BigEndian(key.Span[2..]);
        return type is >= ControlRecordType.Abort and <= ControlRecordType.KRaftVoters ? type : ControlRecordType.Unknown;
    }

    /// <summary>Epoch of the coordinator that wrote a marker; null where the value is too short to be one.</summary>
    public static int? CoordinatorEpochOf(NullableBytes value) =>
        value.Length < EndMarkerBytes ? null : BinaryPrimitives.ReadInt32BigEndian(value.Span[2..]);

    /// <summary>The batch that ends a producer's transaction in one partition.</summary>
    public static byte[] EndTransactionMarker(bool committed, ProducerId producer, short producerEpoch, int coordinatorEpoch,
        long timestampMs, LeaderEpoch leaderEpoch)
    {
        Span<byte> value = stackalloc byte[EndMarkerBytes];
        BinaryPrimitives.WriteInt16BigEndian(value, 0);
        BinaryPrimitives.WriteInt32BigEndian(value[2..], coordinatorEpoch);
        using var builder = new BatchBuilder(new BatchOptions
        {
            PartitionLeaderEpoch = leaderEpoch,
            ProducerId = producer,
            ProducerEpoch = producerEpoch,
            IsTransactional = true,
            IsControl = true,
        });
        builder.AppendControl(timestampMs, committed ? ControlRecordType.Commit : ControlRecordType.Abort, value);
        return builder.Build().ToArray();
    }
}
