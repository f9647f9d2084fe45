namespace Ottla.Configuration.Settings;

/// <summary>Transactions and their topic.</summary>
public sealed class TransactionSettings
{
    internal TransactionSettings(ConfigReader reader)
    {
        MaxTimeoutMs = reader.Int("transaction.max.timeout.ms");
        AbortTimedOutIntervalMs = reader.Int("transaction.abort.timed.out.transaction.cleanup.interval.ms");
        RemoveExpiredIntervalMs = reader.Int("transaction.remove.expired.transaction.cleanup.interval.ms");
        TransactionalIdExpirationMs = reader.Int("transactional.id.expiration.ms");
        PartitionVerificationEnable = reader.Bool("transaction.partition.verification.enable");
        TwoPhaseCommitEnable = reader.Bool("transaction.two.phase.commit.enable");
        StateLogNumPartitions = reader.Int("transaction.state.log.num.partitions");
        StateLogReplicationFactor = reader.Short("transaction.state.log.replication.factor");
        StateLogMinIsr = reader.Int("transaction.state.log.min.isr");
        StateLogSegmentBytes = reader.Int("transaction.state.log.segment.bytes");
        StateLogLoadBufferBytes = reader.Int("transaction.state.log.load.buffer.size");
    }

    public int MaxTimeoutMs { get; }

    public int AbortTimedOutIntervalMs { get; }

    public int RemoveExpiredIntervalMs { get; }

    public int TransactionalIdExpirationMs { get; }

    public bool PartitionVerificationEnable { get; }

    public bool TwoPhaseCommitEnable { get; }

    public int StateLogNumPartitions { get; }

    public short StateLogReplicationFactor { get; }

    public int StateLogMinIsr { get; }

    public int StateLogSegmentBytes { get; }

    public int StateLogLoadBufferBytes { get; }
}
