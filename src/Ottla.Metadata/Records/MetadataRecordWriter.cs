using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Metadata.Records;

/// <summary>Writes metadata records with the frame that says which they are. Reading is <see cref="MetadataRecordReader"/>'s.</summary>
internal static class MetadataRecordWriter
{
    public static void Write(MessageWriter writer, VersionedRecord record)
    {
        switch (record.Record)
        {
            case PartitionRecord r: Write(writer, r, record.Version); break;
            case PartitionChangeRecord r: Write(writer, r, record.Version); break;
            case TopicRecord r: Write(writer, r, record.Version); break;
            case RemoveTopicRecord r: Write(writer, r, record.Version); break;
            case ConfigRecord r: Write(writer, r, record.Version); break;
            case FeatureLevelRecord r: Write(writer, r, record.Version); break;
            case RegisterBrokerRecord r: Write(writer, r, record.Version); break;
            case BrokerRegistrationChangeRecord r: Write(writer, r, record.Version); break;
            case UnregisterBrokerRecord r: Write(writer, r, record.Version); break;
            case RegisterControllerRecord r: Write(writer, r, record.Version); break;
            case UnregisterControllerRecord r: Write(writer, r, record.Version); break;
            case ProducerIdsRecord r: Write(writer, r, record.Version); break;
            case ClientQuotaRecord r: Write(writer, r, record.Version); break;
            case UserScramCredentialRecord r: Write(writer, r, record.Version); break;
            case RemoveUserScramCredentialRecord r: Write(writer, r, record.Version); break;
            case AccessControlEntryRecord r: Write(writer, r, record.Version); break;
            case RemoveAccessControlEntryRecord r: Write(writer, r, record.Version); break;
            case DelegationTokenRecord r: Write(writer, r, record.Version); break;
            case RemoveDelegationTokenRecord r: Write(writer, r, record.Version); break;
            case BeginTransactionRecord r: Write(writer, r, record.Version); break;
            case EndTransactionRecord r: Write(writer, r, record.Version); break;
            case AbortTransactionRecord r: Write(writer, r, record.Version); break;
            case ClearElrRecord r: Write(writer, r, record.Version); break;
            case FenceBrokerRecord r: Write(writer, r, record.Version); break;
            case UnfenceBrokerRecord r: Write(writer, r, record.Version); break;
            case ZkMigrationStateRecord r: Write(writer, r, record.Version); break;
            case NoOpRecord r: Write(writer, r, record.Version); break;
            default: throw new InvariantException($"{record.Record.GetType().Name} is no metadata record");
        }
    }

    private static void Write<T>(MessageWriter writer, T record, short version) where T : IStoredRecord<T> =>
        StoredRecords.WriteMetadata(writer, record, version);
}
