using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Consuming;

/// <summary>A record that was read.</summary>
/// <remarks>Key and value are slices of the answer in which the record came, and keep that alive as long as they are held. Copy them to
/// keep a few for long.</remarks>
public sealed record ConsumedRecord(string Topic, int Partition, Offset Offset)
{
    /// <summary>In ms since 1970; -1 is none.</summary>
    public long TimestampMs { get; init; }

    public TimestampType TimestampType { get; init; }

    public ReadOnlyMemory<byte>? Key { get; init; }

    public ReadOnlyMemory<byte>? Value { get; init; }

    public RecordHeader[] Headers { get; init; } = [];

    /// <summary>The epoch of the leader that wrote it.</summary>
    public LeaderEpoch LeaderEpoch { get; init; } = LeaderEpoch.None;
}
