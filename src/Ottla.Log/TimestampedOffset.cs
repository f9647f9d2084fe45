using Ottla.Protocol.Primitives;

namespace Ottla.Log;

/// <summary>A record found by time: its timestamp in ms since 1970, its offset and the epoch of its leader.</summary>
public readonly record struct TimestampedOffset(long TimestampMs, Offset Offset, LeaderEpoch LeaderEpoch);
