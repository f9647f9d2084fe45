using Ottla.Cli.Options;
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

/// <summary>Records of `__consumer_offsets`, `__transaction_state` and `__share_group_state` as JSON.</summary>
internal sealed class CoordinatorDecoder(CoordinatorLog log) : IRecordDecoder
{
    private static readonly Kind[] _groups =
    [
        Of<LegacyOffsetCommitKey, LegacyOffsetCommitValue>(), Of<OffsetCommitKey, OffsetCommitValue>(), Of<GroupMetadataKey, GroupMetadataValue>(GroupMetadataJson),
        Of<ConsumerGroupMetadataKey, ConsumerGroupMetadataValue>(), Of<ConsumerGroupPartitionMetadataKey, ConsumerGroupPartitionMetadataValue>(),
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
        Of<StreamsGroupCurrentMemberAssignmentKey, StreamsGroupCurrentMemberAssignmentValue>(), Of<StreamsGroupTopologyKey, StreamsGroupTopologyValue>(),
    ];

    private static readonly Kind[] _transactions = [Of<TransactionLogKey, TransactionLogValue>()];

    private static readonly Kind[] _shareGroupState = [Of<ShareSnapshotKey, ShareSnapshotValue>(), Of<ShareUpdateKey, ShareUpdateValue>()];

    private delegate void WriteValue(JsonText json, ReadOnlyMemory<byte> value);

    private sealed record Kind(short Type, WriteValue Key, WriteValue Value);

    public DecodedRecord Decode(long offset, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value)
    {
        if (key is not { } keyBytes) throw new ToolException($"Failed to decode message at offset {offset} using the specified decoder (message had a missing key)");
        try
        {
            var type = StoredRecords.ReadRecordKey(keyBytes);
            if (Find(type) is not { } kind) return new($"Unknown record type {type} at offset {offset}, skipping.", null);
            return new(Wrap("type", type, kind.Key, keyBytes), value is { } bytes ? Wrap("version", StoredRecords.ReadRecordKey(bytes), kind.Value, bytes) : "<DELETE>");
        }
        catch (Exception unreadable) when (unreadable is MalformedMessageException or UnsupportedVersionException)
        {
            return new($"Error at offset {offset}, skipping. {unreadable.Message}", null);
        }
    }

    private Kind? Find(short type) => Array.Find(
        log switch
        {
            CoordinatorLog.Groups => _groups,
            CoordinatorLog.Transactions => _transactions,
            _ => _shareGroupState,
        },
        kind => kind.Type == type);

    /// <summary>{"type":"1","data":{...}}: numbers in quotes, as the tool has always printed them.</summary>
    private static string Wrap(string name, short number, WriteValue write, ReadOnlyMemory<byte> bytes)
    {
        var json = new JsonText();
        json.BeginObject();
        json.Name(name);
        json.Value(number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        json.Name("data");
        write(json, bytes);
        json.EndObject();
        return json.ToString();
    }

    private static Kind Of<TKey, TValue>(WriteValue? value = null)
        where TKey : IStoredRecord<TKey>, IJsonMessage
        where TValue : IStoredRecord<TValue>, IJsonMessage =>
        new(TKey.RecordKey, static (json, bytes) => StoredRecords.ReadKey<TKey>(bytes).WriteJson(json, 0), value ?? ValueJson<TValue>);

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
