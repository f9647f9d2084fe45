using Ottla.Protocol.Primitives;

namespace Ottla.Log;

/// <summary>The first offset that is not on every in-sync replica; a type of its own, so that a read bounded by the wrong end does not compile.</summary>
public readonly record struct HighWatermark(Offset Value);

/// <summary>The first offset that readers of committed records may not see yet (KIP-98).</summary>
public readonly record struct LastStableOffset(Offset Value);
