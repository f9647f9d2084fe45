using Ottla.Metadata.Records;

namespace Ottla.Metadata.Control;

/// <summary>What the controller decided: records that make it true, as one batch or not at all, and the answer once they are
/// committed.</summary>
public readonly record struct Decision<TResponse>(IReadOnlyList<VersionedRecord> Records, TResponse Response);

internal static class Decision
{
    public static Decision<TResponse> Of<TResponse>(IReadOnlyList<VersionedRecord> records, TResponse response) => new(records, response);

    /// <summary>An answer that changes nothing.</summary>
    public static Decision<TResponse> Nothing<TResponse>(TResponse response) => new([], response);
}

/// <summary>An error of the wire with its message; <see cref="Ok"/> where all is well.</summary>
public readonly record struct Refusal(Protocol.Primitives.ErrorCode Code, string? Message = null)
{
    public static readonly Refusal Ok = new(Protocol.Primitives.ErrorCode.None);

    public bool IsOk => Code == Protocol.Primitives.ErrorCode.None;
}
