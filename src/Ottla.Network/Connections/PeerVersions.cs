using Ottla.Network.Links;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Network.Connections;

/// <summary>The versions of each API that a peer serves, as it told by ApiVersions.</summary>
public sealed class PeerVersions
{
    internal static readonly PeerVersions Unknown = new([]);

    private readonly Dictionary<ApiKey, VersionRange> _ranges;

    private PeerVersions(Dictionary<ApiKey, VersionRange> ranges) => _ranges = ranges;

    /// <summary>Null for an API that the peer does not serve.</summary>
    public VersionRange? Of(ApiKey key) => _ranges.TryGetValue(key, out var range) ? range : null;

    /// <summary>The highest version that both know; -1 where there is none.</summary>
    public short Common(ApiKey key, VersionRange ours)
    {
        if (!_ranges.TryGetValue(key, out var theirs)) return -1;
        var version = Math.Min(ours.Max, theirs.Max);
        return version >= Math.Max(ours.Min, theirs.Min) ? version : (short)-1;
    }

    /// <summary>
    /// Asks with the highest version that we know; a peer that does not know it answers in version 0 with UNSUPPORTED_VERSION, and is asked
    /// again so (KIP-511).
    /// </summary>
    internal static async ValueTask<(PeerVersions? Versions, LinkError? Error)> Ask(Connection connection, string softwareName, Deadline deadline,
        CancellationToken cancellation)
    {
        var api = ApiVersionsApi.Instance;
        var request = new ApiVersionsRequest { ClientSoftwareName = softwareName, ClientSoftwareVersion = Software.Version };
        using var first = await connection.Send(api, api.Versions.Max, request, deadline, cancellation).ConfigureAwait(false);
        if (!first.HasMessage) return (null, first.Error);
        if (first.Message.ErrorCode != ErrorCode.UnsupportedVersion) return Take(connection, first.Message);
        using var second = await connection.Send(api, 0, new ApiVersionsRequest(), deadline, cancellation).ConfigureAwait(false);
        return second.HasMessage ? Take(connection, second.Message) : (null, second.Error);
    }

    private static (PeerVersions? Versions, LinkError? Error) Take(Connection connection, ApiVersionsResponse answer)
    {
        if (answer.ErrorCode != ErrorCode.None)
        {
            return (null, new LinkError(LinkFailure.UnsupportedVersion, connection.Address,
                $"{connection.Address} does not tell which versions it serves: {answer.ErrorCode.ProtocolName()}"));
        }

        var ranges = new Dictionary<ApiKey, VersionRange>(answer.ApiKeys.Count);
        foreach (var api in answer.ApiKeys) ranges[(ApiKey)api.ApiKey] = new VersionRange(api.MinVersion, api.MaxVersion);
        return (new PeerVersions(ranges), null);
    }
}
