using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Connections;

/// <summary>The versions of each API that a broker speaks, as it told by ApiVersions.</summary>
internal sealed class BrokerVersions
{
    public static readonly BrokerVersions Unknown = new([]);

    private readonly Dictionary<ApiKey, VersionRange> _ranges;

    private BrokerVersions(Dictionary<ApiKey, VersionRange> ranges) => _ranges = ranges;

    /// <summary>Asks with the highest version that we know; a broker that does not know it answers in version 0 with UNSUPPORTED_VERSION,
    /// and is asked again so (KIP-511).</summary>
    public static async Task<BrokerVersions> Ask(Connection connection, CancellationToken cancellation)
    {
        var request = new ApiVersionsRequest { ClientSoftwareName = "ottla-dotnet", ClientSoftwareVersion = ClientSoftware.Version };
        var answer = await connection.Send(Apis.ApiVersions, Apis.ApiVersions.Versions.Max, request, cancellation).ConfigureAwait(false);
        if (answer.ErrorCode == ErrorCode.UnsupportedVersion)
            answer = await connection.Send(Apis.ApiVersions, 0, new ApiVersionsRequest(), cancellation).ConfigureAwait(false);
        BrokerException.ThrowIf(answer.ErrorCode);
        var ranges = new Dictionary<ApiKey, VersionRange>(answer.ApiKeys.Count);
        foreach (var api in answer.ApiKeys) ranges[(ApiKey)api.ApiKey] = new VersionRange(api.MinVersion, api.MaxVersion);
        return new BrokerVersions(ranges);
    }

    /// <summary>The highest version that both know; -1 where there is none.</summary>
    public short Common(ApiKey key, VersionRange ours)
    {
        if (!_ranges.TryGetValue(key, out var theirs)) return -1;
        var version = Math.Min(ours.Max, theirs.Max);
        return version >= Math.Max(ours.Min, theirs.Min) ? version : (short)-1;
    }
}
