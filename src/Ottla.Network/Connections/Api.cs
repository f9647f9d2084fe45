using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Network.Connections;

/// <summary>One API as it is spoken from here: request and answer, and the highest version that is sent.</summary>
/// <param name="max">The highest stable version of the schema unless told.</param>
public class Api<TRequest, TResponse>(short? max = null)
    where TRequest : IRequest<TRequest>
    where TResponse : IResponse<TResponse>
{
#pragma warning disable CA1822 // read through the instance: that is what names the API
    public ApiKey Key => TRequest.ApiKey;
#pragma warning restore CA1822

    /// <summary>Versions that are sent; the highest that the peer knows too is taken.</summary>
    public VersionRange Versions { get; } = new(TRequest.Versions.Min, max ?? ApiMessages.Find(TRequest.ApiKey)!.StableVersions.Max);

    internal virtual TResponse Read(ref MessageReader reader, short version) => TResponse.Read(ref reader, version);
}

/// <summary>The question that begins each connection.</summary>
internal sealed class ApiVersionsApi() : Api<ApiVersionsRequest, ApiVersionsResponse>(4)
{
    public static readonly ApiVersionsApi Instance = new();

    /// <summary>A peer that does not know the version answers in version 0, with UNSUPPORTED_VERSION in front (KIP-511).</summary>
    internal override ApiVersionsResponse Read(ref MessageReader reader, short version) =>
        base.Read(ref reader, StartsWithUnsupportedVersion(reader) ? (short)0 : version);

    /// <summary>Reads from a copy of the reader.</summary>
    private static bool StartsWithUnsupportedVersion(MessageReader reader) => reader.ReadInt16() == (short)ErrorCode.UnsupportedVersion;
}
