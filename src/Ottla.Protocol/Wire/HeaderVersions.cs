using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Wire;

/// <summary>Which header stands before a message (KIP-482, KIP-511).</summary>
public static class HeaderVersions
{
    /// <summary>
    /// 2 before a flexible request, else 1. An unknown API or version counts as not flexible: its header is then read as far as all have
    /// it.
    /// </summary>
    public static short OfRequest(ApiKey key, short version) => IsFlexible(key, version) ? (short)2 : (short)1;

    /// <summary>
    /// 1 before a flexible response, else 0. ApiVersions always answers with 0: the client may not know yet what the broker speaks.
    /// </summary>
    public static short OfResponse(ApiKey key, short version) => key != ApiKey.ApiVersions && IsFlexible(key, version)
        ? (short)1 : (short)0;

    private static bool IsFlexible(ApiKey key, short version) => ApiMessages.Find(key) is { } api && api.FlexibleVersions.Contains(version);
}
