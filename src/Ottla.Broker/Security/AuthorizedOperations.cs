namespace Ottla.Broker.Security;

/// <summary>Bits of the operations that a principal may do on a resource (KIP-430). Without an authorizer it is all that the resource
/// has.</summary>
internal static class AuthorizedOperations
{
    /// <summary>What the wire carries when nobody asked.</summary>
    public const int NotAsked = int.MinValue;

    /// <summary>Read, write, create, delete, alter, describe, and describe and alter configs.</summary>
    public const int Topic = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11;

    /// <summary>Create, alter, describe, cluster action, describe and alter configs, idempotent write.</summary>
    public const int Cluster = 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12;

    /// <summary>Read, delete, describe, and describe and alter configs.</summary>
    public const int Group = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;
}
