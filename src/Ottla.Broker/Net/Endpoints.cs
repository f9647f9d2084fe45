using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Net;

/// <summary>An API key and the versions of it that clients are told of.</summary>
internal sealed record AdvertisedApi(ApiKey Key, VersionRange Versions);

/// <summary>What a listener serves, by API key. Immutable.</summary>
internal sealed class Endpoints
{
    private readonly Endpoint?[] _byKey;

    public Endpoints(IEnumerable<Endpoint> endpoints)
    {
        var all = endpoints.ToArray();
        Array.Sort(all, (left, right) => ((int)left.Key).CompareTo((int)right.Key));
        _byKey = new Endpoint?[(int)all[^1].Key + 1];
        foreach (var endpoint in all) _byKey[(int)endpoint.Key] = endpoint;
        Advertised = Array.ConvertAll(all, e => new AdvertisedApi(e.Key, e.Key == ApiKey.Produce ? e.Versions with { Min = 0 } : e.Versions));
    }

    /// <summary>Key and versions as ApiVersions tells them. Produce is said to begin at 0, as Kafka says, or old librdkafka would not
    /// compress; requests below 3 are refused.</summary>
    public IReadOnlyList<AdvertisedApi> Advertised { get; }

    public Endpoint? Find(ApiKey key) => (int)key >= 0 && (int)key < _byKey.Length ? _byKey[(int)key] : null;

    /// <summary>ApiVersions, version 0, with UNSUPPORTED_VERSION and what is served (KIP-511).</summary>
    public IMessage VersionsForTooNewClient()
    {
        var response = new ApiVersionsResponse { ErrorCode = ErrorCode.UnsupportedVersion };
        foreach (var (key, versions) in Advertised) response.ApiKeys.Add(new() { ApiKey = (short)key, MinVersion = versions.Min, MaxVersion = versions.Max });
        return response;
    }
}
