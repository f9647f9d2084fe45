using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Wire;

/// <summary>What is known about one API: its versions and who serves it.</summary>
/// <param name="FlexibleVersions">Of the request; the response changes with it.</param>
/// <param name="LatestVersionUnstable">The last version is not offered unless unstable versions are switched on.</param>
public sealed record ApiDescription(
    ApiKey Key, string Name, VersionRange RequestVersions, VersionRange ResponseVersions, VersionRange FlexibleVersions,
    bool ServedByBroker, bool ServedByController, bool LatestVersionUnstable)
{
    /// <summary>The versions without an unstable last one.</summary>
    public VersionRange StableVersions =>
        LatestVersionUnstable ? RequestVersions with { Max = (short)(RequestVersions.Max - 1) } : RequestVersions;
}

/// <summary>All APIs that have a message, in the order of their keys; made from the schemas.</summary>
public static partial class ApiMessages
{
    private static readonly ApiDescription[] Descriptions = Describe();
    private static readonly ApiDescription?[] ByKey = IndexByKey();

    public static IReadOnlyList<ApiDescription> All => Descriptions;

    /// <summary>Null for a key without messages.</summary>
    public static ApiDescription? Find(ApiKey key) => (uint)key < (uint)ByKey.Length ? ByKey[(int)key] : null;

    private static ApiDescription?[] IndexByKey()
    {
        var byKey = new ApiDescription?[(int)Descriptions[^1].Key + 1];
        foreach (var description in Descriptions) byKey[(int)description.Key] = description;
        return byKey;
    }
}
