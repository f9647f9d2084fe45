using Ottla.Broker.Cluster.Forwarding;
using Ottla.Metadata.Service;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Cluster;

/// <summary>How a node asks the controller, its own or another's: the answer comes when its records are committed and this broker has acted
/// on them.</summary>
/// <remarks>
/// So whoever is told that a topic was made can produce to it, and whoever changed a config finds it obeyed. Any thread. It never fails:
/// what the controller did not answer is an answer of <see cref="IControllerApi{TRequest,TResponse}.Refuse"/>.
/// Where this node does not lead the quorum, the request goes to the one that does; on a controller's listener, where others bring such
/// requests, there is no way on (<paramref name="remote"/> is null): they are told NOT_CONTROLLER and look for themselves.
/// </remarks>
internal sealed class ControllerLink(ControllerService service, Func<Task> caughtUp, RemoteController? remote = null)
{
    /// <summary>What this node itself asks for.</summary>
    public async Task<TResponse> Ask<TRequest, TResponse, TApi>(TRequest request, short version, Asker asker)
        where TRequest : class, IRequest<TRequest>
        where TResponse : class, IResponse<TResponse>
        where TApi : IControllerApi<TRequest, TResponse> =>
        (await Ask<TRequest, TResponse, TApi>(request, version, asker, ForwardedClient.OfThisNode, CancellationToken.None).ConfigureAwait(false)).Response;

    /// <param name="request">What.</param>
    /// <param name="version">In which it was asked.</param>
    /// <param name="asker">For messages.</param>
    /// <param name="client">For the controller of another node.</param>
    /// <param name="cancellation">Whoever asks is gone.</param>
    /// <returns>The answer, and why the controller did not deal with the request; none where it did.</returns>
    public async Task<(TResponse Response, ErrorCode Refusal)> Ask<TRequest, TResponse, TApi>(TRequest request, short version, Asker asker, ForwardedClient client,
        CancellationToken cancellation)
        where TRequest : class, IRequest<TRequest>
        where TResponse : class, IResponse<TResponse>
        where TApi : IControllerApi<TRequest, TResponse>
    {
        var answer = await service.Run(controller => TApi.Decide(controller, request, version), asker).ConfigureAwait(false);
        if (answer.Error == ErrorCode.NotController && remote is not null)
            return await remote.Ask<TRequest, TResponse, TApi>(request, version, client, cancellation).ConfigureAwait(false);
        if (answer.Response is not { } response) return (TApi.Refuse(request, version, answer.Error, answer.Message), answer.Error);
        Invariant.That(answer.Error == ErrorCode.None);
        await caughtUp().ConfigureAwait(false);
        return (response, ErrorCode.None);
    }
}
