using Ottla.Broker.Cluster;
using Ottla.Broker.Cluster.Forwarding;
using Ottla.Broker.Net;
using Ottla.Metadata.Features;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>ApiVersions, key 18, versions 0 to 5: what this listener serves, and the features of the cluster.</summary>
/// <remarks>
/// v3: the client names its software (KIP-511); a name that is no name is refused. v3 also tells supported and finalized features
/// (KIP-584).
/// v5: the client may say which cluster and node it thinks it talks to; a wrong guess is refused with REBOOTSTRAP_REQUIRED, so that it
/// looks for its cluster anew.
/// What only the controller answers is promised as far as the active controller serves it, too: a request that it can't read would end the
/// client's connection.
/// A version too high never comes here: <see cref="Connection"/> answers it in the form of version 0.
/// </remarks>
internal sealed class ApiVersions(PublishedMetadata cluster, Func<ApiKey, VersionRange?>? ofController = null) : IHandler<ApiVersionsRequest, ApiVersionsResponse>
{
    private Endpoints? _endpoints;

    public static VersionRange Versions => new(0, 5);

    /// <summary>Set once, when all endpoints are there: this handler is one of them.</summary>
    public void Describe(Endpoints endpoints) => _endpoints = endpoints;

    public ValueTask<ApiVersionsResponse?> Handle(ApiVersionsRequest request, RequestContext context)
    {
        if (context.ApiVersion >= 3 && (!IsSoftwareName(request.ClientSoftwareName) || !IsSoftwareName(request.ClientSoftwareVersion)))
            return new(new ApiVersionsResponse { ErrorCode = ErrorCode.InvalidRequest });

        if (context.ApiVersion >= 5 && IsElsewhere(request))
            return new(new ApiVersionsResponse { ErrorCode = ErrorCode.RebootstrapRequired });

        var response = new ApiVersionsResponse();
        foreach (var (key, served) in _endpoints!.Advertised)
        {
            var versions = ForwardedApis.Contains(key) ? ForwardedApis.Common(served, ofController?.Invoke(key)) : served;
            if (versions is { } common) response.ApiKeys.Add(new() { ApiKey = (short)key, MinVersion = common.Min, MaxVersion = common.Max });
        }

        if (context.ApiVersion >= 3) AddFeatures(response);
        return new(response);
    }

    private void AddFeatures(ApiVersionsResponse response)
    {
        foreach (var (feature, levels) in FeatureCatalog.Supported)
            response.SupportedFeatures.Add(new() { Name = feature, MinVersion = levels.Min, MaxVersion = levels.Max });
        var image = cluster.Image;
        foreach (var (name, level) in image.Features.Finalized())
            response.FinalizedFeatures.Add(new() { Name = name, MinVersionLevel = level, MaxVersionLevel = level });
        response.FinalizedFeaturesEpoch = image.Provenance.EndOffset.Value;
    }

    private bool IsElsewhere(ApiVersionsRequest request) =>
        (request.ClusterId is { } id && id != cluster.ClusterId) || (request.NodeId != -1 && request.NodeId != cluster.Self.Value);

    /// <summary>KIP-511: letters, digits, dots and dashes; neither the first nor the last is a dot or dash.</summary>
    private static bool IsSoftwareName(string name)
    {
        if (name.Length == 0 || !char.IsAsciiLetterOrDigit(name[0]) || !char.IsAsciiLetterOrDigit(name[^1])) return false;
        foreach (var letter in name)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '-')) return false;
        }

        return true;
    }
}
