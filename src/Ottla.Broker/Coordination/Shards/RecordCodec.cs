using Ottla.Broker.Coordination.Groups;
using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Coordination.Shards;

/// <summary>Records of groups as bytes, in the versions that Kafka 4.4 writes; reads every version that it reads.</summary>
internal static class RecordCodec
{
    /// <summary>Members with their instance ids; version 4 only adds tagged fields that nobody uses yet.</summary>
    private const short GroupMetadataVersion = 3;

    /// <summary>With the topic's id.</summary>
    private const short OffsetCommitVersion = 4;

    /// <summary>The one version with a time of expiry, for clients that set their own retention.</summary>
    private const short OffsetCommitWithExpiryVersion = 1;

    /// <summary>Stands for a value of a group that is not served here.</summary>
    private static readonly object _foreign = new();

    public static OffsetsRecord Write(GroupRecord record)
    {
        using var writer = new MessageWriter();
        WriteKey(writer, record.Key);
        var keyLength = writer.Length;
        if (record.Value is not null) WriteValue(writer, record.Value);
        var bytes = writer.WrittenSpan.ToArray();
        return new OffsetsRecord(bytes.AsMemory(0, keyLength), record.Value is null ? default(ReadOnlyMemory<byte>?) : bytes.AsMemory(keyLength));
    }

    private static void WriteKey(MessageWriter writer, object key)
    {
        switch (key)
        {
            case OffsetCommitKey k: StoredRecords.WriteKey(writer, k); break;
            case GroupMetadataKey k: StoredRecords.WriteKey(writer, k); break;
            case ConsumerGroupMetadataKey k: StoredRecords.WriteKey(writer, k); break;
            case ConsumerGroupPartitionMetadataKey k: StoredRecords.WriteKey(writer, k); break;
            case ConsumerGroupMemberMetadataKey k: StoredRecords.WriteKey(writer, k); break;
            case ConsumerGroupTargetAssignmentMetadataKey k: StoredRecords.WriteKey(writer, k); break;
            case ConsumerGroupTargetAssignmentMemberKey k: StoredRecords.WriteKey(writer, k); break;
            case ConsumerGroupCurrentMemberAssignmentKey k: StoredRecords.WriteKey(writer, k); break;
            case ConsumerGroupRegularExpressionKey k: StoredRecords.WriteKey(writer, k); break;
            default: throw new ArgumentException($"{key.GetType().Name} is no key of a group's record.", nameof(key));
        }
    }

    private static void WriteValue(MessageWriter writer, object value)
    {
        switch (value)
        {
            case OffsetCommitValue v:
                StoredRecords.WriteValue(writer, v, v.ExpireTimestamp >= 0 ? OffsetCommitWithExpiryVersion : OffsetCommitVersion);
                break;
            case GroupMetadataValue v: StoredRecords.WriteValue(writer, v, GroupMetadataVersion); break;
            case ConsumerGroupMetadataValue v: StoredRecords.WriteValue(writer, v, 0); break;
            case ConsumerGroupMemberMetadataValue v: StoredRecords.WriteValue(writer, v, 0); break;
            case ConsumerGroupTargetAssignmentMetadataValue v: StoredRecords.WriteValue(writer, v, 0); break;
            case ConsumerGroupTargetAssignmentMemberValue v: StoredRecords.WriteValue(writer, v, 0); break;
            case ConsumerGroupCurrentMemberAssignmentValue v: StoredRecords.WriteValue(writer, v, 0); break;
            case ConsumerGroupRegularExpressionValue v: StoredRecords.WriteValue(writer, v, 0); break;
            default: throw new ArgumentException($"{value.GetType().Name} is no value of a group's record.", nameof(value));
        }
    }

    /// <summary>Null: a record of a kind that this coordinator does not keep (of share and streams groups, or newer ones). Of the former it
    /// knows by one record whether they are there.</summary>
    /// <exception cref="MalformedMessageException">The bytes are not what their key says.</exception>
    /// <exception cref="UnsupportedVersionException">A value of a version that is newer than this program.</exception>
    public static GroupRecord? Read(OffsetsRecord record) => StoredRecords.ReadRecordKey(record.Key) switch
    {
        0 => ReadLegacyCommit(record),
        1 => Read<OffsetCommitKey, OffsetCommitValue>(record),
        2 => Read<GroupMetadataKey, GroupMetadataValue>(record),
        3 => Read<ConsumerGroupMetadataKey, ConsumerGroupMetadataValue>(record),
        5 => Read<ConsumerGroupMemberMetadataKey, ConsumerGroupMemberMetadataValue>(record),
        6 => Read<ConsumerGroupTargetAssignmentMetadataKey, ConsumerGroupTargetAssignmentMetadataValue>(record),
        7 => Read<ConsumerGroupTargetAssignmentMemberKey, ConsumerGroupTargetAssignmentMemberValue>(record),
        8 => Read<ConsumerGroupCurrentMemberAssignmentKey, ConsumerGroupCurrentMemberAssignmentValue>(record),
        11 => ReadForeign<ShareGroupMetadataKey>(record),
        16 => Read<ConsumerGroupRegularExpressionKey, ConsumerGroupRegularExpressionValue>(record),
        17 => ReadForeign<StreamsGroupMetadataKey>(record),
        _ => null,
    };

    private static GroupRecord Read<TKey, TValue>(OffsetsRecord record)
        where TKey : class, IStoredRecord<TKey>
        where TValue : class, IStoredRecord<TValue> =>
        new(StoredRecords.ReadKey<TKey>(record.Key), record.Value is { } value ? StoredRecords.ReadValue<TValue>(value) : null);

    /// <summary>The value is not looked into: it may be newer than this program.</summary>
    private static GroupRecord ReadForeign<TKey>(OffsetsRecord record) where TKey : class, IStoredRecord<TKey> =>
        new(StoredRecords.ReadKey<TKey>(record.Key), record.Value is null ? null : _foreign);

    /// <summary>Brokers before 0.9 wrote commitments under another key; the layout is the same.</summary>
    private static GroupRecord ReadLegacyCommit(OffsetsRecord record)
    {
        var legacy = StoredRecords.ReadKey<LegacyOffsetCommitKey>(record.Key);
        var key = new OffsetCommitKey { Group = legacy.Group, Topic = legacy.Topic, Partition = legacy.Partition };
        return new GroupRecord(key, record.Value is { } value ? StoredRecords.ReadValue<OffsetCommitValue>(value) : null);
    }
}
