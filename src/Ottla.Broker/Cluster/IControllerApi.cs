using Ottla.Metadata.Control;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Cluster;

/// <summary>An API that the controller answers, for whoever asks for it: a client, another broker, this broker itself.</summary>
internal interface IControllerApi<TRequest, TResponse>
    where TRequest : class, IRequest<TRequest>
    where TResponse : class, IResponse<TResponse>
{
    /// <summary>The versions that are advertised: those that a test has exercised.</summary>
    static abstract VersionRange Versions { get; }

    /// <summary>What the controller decides. Runs on the metadata loop and must not wait.</summary>
    static abstract MetadataDecision<TResponse> Decide(Controller controller, TRequest request, short version);

    /// <summary>The answer where there is none of the controller's: the error for everything that was asked.</summary>
    static abstract TResponse Refuse(TRequest request, short version, ErrorCode error, string? message);
}
