using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Wire;

namespace Ottla.Cli.Dumping;

/// <summary>Which coordinator wrote a record: the numbers of record types repeat from one to the other.</summary>
internal enum CoordinatorLog
{
    Groups,
    Transactions,
    ShareGroupState,
}

internal delegate void WriteRecord(JsonText json, ReadOnlyMemory<byte> bytes);

/// <summary>One kind of record in a coordinator's log, and how its key and value are printed.</summary>
/// <param name="ExpandedValue">With what is embedded in the value printed too; the same as <paramref name="Value"/> where nothing
/// is.</param>
internal sealed record CoordinatorRecord(short Type, WriteRecord Key, WriteRecord Value, WriteRecord ExpandedValue);

/// <summary>Every kind of record in `__consumer_offsets`, `__transaction_state` and `__share_group_state`.</summary>
internal static class CoordinatorRecords
{
    private static readonly CoordinatorRecord[] _groups =
    [
        Of<LegacyOffsetCommitKey, LegacyOffsetCommitValue>(), Of<OffsetCommitKey, OffsetCommitValue>(),
        Of<GroupMetadataKey, GroupMetadataValue>(GroupMetadataJson),
        Of<ConsumerGroupMetadataKey, ConsumerGroupMetadataValue>(), Of<ConsumerGroupPartitionMetadataKey,
            ConsumerGroupPartitionMetadataValue>(),
        Of<ConsumerGroupMemberMetadataKey, ConsumerGroupMemberMetadataValue>(),
        Of<ConsumerGroupTargetAssignmentMetadataKey, ConsumerGroupTargetAssignmentMetadataValue>(),
        Of<ConsumerGroupTargetAssignmentMemberKey, ConsumerGroupTargetAssignmentMemberValue>(),
        Of<ConsumerGroupCurrentMemberAssignmentKey, ConsumerGroupCurrentMemberAssignmentValue>(),
        Of<ConsumerGroupRegularExpressionKey, ConsumerGroupRegularExpressionValue>(),
        Of<ShareGroupMetadataKey, ShareGroupMetadataValue>(), Of<ShareGroupMemberMetadataKey, ShareGroupMemberMetadataValue>(),
        Of<ShareGroupTargetAssignmentMetadataKey, ShareGroupTargetAssignmentMetadataValue>(),
        Of<ShareGroupTargetAssignmentMemberKey, ShareGroupTargetAssignmentMemberValue>(),
        Of<ShareGroupCurrentMemberAssignmentKey, ShareGroupCurrentMemberAssignmentValue>(),
        Of<ShareGroupStatePartitionMetadataKey, ShareGroupStatePartitionMetadataValue>(),
        Of<StreamsGroupMetadataKey, StreamsGroupMetadataValue>(), Of<StreamsGroupMemberMetadataKey, StreamsGroupMemberMetadataValue>(),
        Of<StreamsGroupTargetAssignmentMetadataKey, StreamsGroupTargetAssignmentMetadataValue>(),
        Of<StreamsGroupTargetAssignmentMemberKey, StreamsGroupTargetAssignmentMemberValue>(),
        Of<StreamsGroupCurrentMemberAssignmentKey, StreamsGroupCurrentMemberAssignmentValue>(), Of<StreamsGroupTopologyKey,
            StreamsGroupTopologyValue>(),
    ];

    private static readonly CoordinatorRecord[] _transactions = [Of<TransactionLogKey, TransactionLogValue>()];

    private static readonly CoordinatorRecord[] _shareGroupState =
        [Of<ShareSnapshotKey, ShareSnapshotValue>(), Of<ShareUpdateKey, ShareUpdateValue>()];

    /// <summary>Null for a number that no record has.</summary>
    public static CoordinatorRecord? Find(CoordinatorLog log, short type)
    {
        var kinds = log switch
        {
            CoordinatorLog.Groups => _groups,
            CoordinatorLog.Transactions => _transactions,
            _ => _shareGroupState,
        };
        return Array.Find(kinds, kind => kind.Type == type);
    }

    private static CoordinatorRecord Of<TKey, TValue>(WriteRecord? expanded = null)
        where TKey : IStoredRecord<TKey>, IJsonMessage
        where TValue : IStoredRecord<TValue>, IJsonMessage =>
        new(TKey.RecordKey, static (json, bytes) =>
            StoredRecords.ReadKey<TKey>(bytes).WriteJson(json, 0), ValueJson<TValue>, expanded ?? ValueJson<TValue>);

    private static void ValueJson<TValue>(JsonText json, ReadOnlyMemory<byte> bytes)
        where TValue : IStoredRecord<TValue>, IJsonMessage =>
        StoredRecords.ReadValue<TValue>(bytes).WriteJson(json, StoredRecords.ReadRecordKey(bytes));

    /// <summary>What members of a classic group of consumers say and get is printed too, not only its bytes.</summary>
    private static void GroupMetadataJson(JsonText json, ReadOnlyMemory<byte> bytes)
    {
        var version = StoredRecords.ReadRecordKey(bytes);
        var group = StoredRecords.ReadValue<GroupMetadataValue>(bytes);
        if (group.ProtocolType != "consumer")
        {
            group.WriteJson(json, version);
            return;
        }

        json.BeginObject();
        Text(json, "protocolType", group.ProtocolType);
        Number(json, "generation", group.Generation);
        Text(json, "protocol", group.Protocol);
        Text(json, "leader", group.Leader);
        if (version >= 2) Number(json, "currentStateTimestamp", group.CurrentStateTimestamp);
        json.Name("members");
        json.BeginArray();
        foreach (var member in group.Members) MemberJson(json, member, version);
        json.EndArray();
        json.EndObject();
    }

    private static void MemberJson(JsonText json, GroupMetadataValue.MemberMetadata member, short version)
    {
        json.BeginObject();
        Text(json, "memberId", member.MemberId);
        if (version >= 3) Text(json, "groupInstanceId", member.GroupInstanceId);
        Text(json, "clientId", member.ClientId);
        Text(json, "clientHost", member.ClientHost);
        if (version >= 1) Number(json, "rebalanceTimeout", member.RebalanceTimeout);
        Number(json, "sessionTimeout", member.SessionTimeout);
        json.Name("subscription");
        Embedded<ConsumerProtocolSubscription>(json, member.Subscription);
        json.Name("assignment");
        Embedded<ConsumerProtocolAssignment>(json, member.Assignment);
        json.EndObject();
    }

    private static void Embedded<T>(JsonText json, ReadOnlyMemory<byte> bytes) where T : IMessage<T>, IJsonMessage
    {
        if (bytes.IsEmpty)
        {
            json.Value(bytes);
            return;
        }

        var reader = new MessageReader(bytes);
        var version = Math.Min(reader.ReadInt16(), T.Versions.Max);
        T.Read(ref reader, version).WriteJson(json, version);
    }

    private static void Text(JsonText json, string name, string? value)
    {
        json.Name(name);
        if (value is null) json.Null();
        else json.Value(value);
    }

    private static void Number(JsonText json, string name, long value)
    {
        json.Name(name);
        json.Value(value);
    }
}
