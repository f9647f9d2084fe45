using Ottla.Metadata.Records;

namespace Ottla.Metadata.Control;

/// <summary>What the controller decided: the records that make it true, and the answer once they are committed.</summary>
/// <param name="Records">In the order of the log; none where nothing changes.</param>
/// <param name="Response">The answer.</param>
/// <param name="IsAtomic">One batch or not at all. What is not atomic may be cut into several batches, each of which makes sense without
/// the next:
/// the changes of 200,000 partitions of one broker.</param>
public readonly record struct MetadataDecision<TResponse>(IReadOnlyList<VersionedRecord> Records, TResponse Response, bool IsAtomic = true);

internal static class MetadataDecision
{
    public static MetadataDecision<TResponse> Of<TResponse>(IReadOnlyList<VersionedRecord> records, TResponse response) =>
        new(records, response);

    /// <summary>Records that hold one by one.</summary>
    public static MetadataDecision<TResponse> InParts<TResponse>(IReadOnlyList<VersionedRecord> records, TResponse response) =>
        new(records, response, IsAtomic: false);

    /// <summary>An answer that changes nothing.</summary>
    public static MetadataDecision<TResponse> Nothing<TResponse>(TResponse response) => new([], response);
}

/// <summary>The answer to what this node asks of its own controller: that it is done, or why not.</summary>
public sealed record Done(Protocol.Primitives.ErrorCode Error)
{
    public static readonly Done Instance = new(Protocol.Primitives.ErrorCode.None);
}
