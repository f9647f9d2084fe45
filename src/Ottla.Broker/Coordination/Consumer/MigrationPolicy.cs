namespace Ottla.Broker.Coordination.Consumer;

/// <summary>`group.consumer.migration.policy`: which way a group may change its protocol while it has members (KIP-848).</summary>
public enum MigrationPolicy
{
    Disabled,
    Upgrade,
    Downgrade,
    Bidirectional,
}
