namespace Ottla.Broker.Coordination.Groups;

/// <summary>One record of `__consumer_offsets`, decoded: a key of Ottla.Protocol.CoordinatorRecords and its value, null for a
/// tombstone.</summary>
internal readonly record struct GroupRecord(object Key, object? Value);
