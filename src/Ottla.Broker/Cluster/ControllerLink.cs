using Ottla.Metadata.Service;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Cluster;

/// <summary>How the broker asks the controller: the answer comes when its records are committed and this broker has acted on
/// them.</summary>
/// <remarks>So whoever is told that a topic was made can produce to it, and whoever changed a config finds it obeyed. Any thread. It never
/// fails: what the controller did not answer is an answer of <see cref="IControllerApi{TRequest,TResponse}.Refuse"/>.</remarks>
internal sealed class ControllerLink(ControllerService service, Func<Task> caughtUp)
{
    public async Task<TResponse> Ask<TRequest, TResponse, TApi>(TRequest request, short version, Asker asker)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
        where TApi : IControllerApi<TRequest, TResponse>
    {
        var answer = await service.Run(controller => TApi.Decide(controller, request, version), asker).ConfigureAwait(false);
        if (answer.Response is not { } response) return TApi.Refuse(request, version, answer.Error, answer.Message);
        Invariant.That(answer.Error == ErrorCode.None);
        await caughtUp().ConfigureAwait(false);
        return response;
    }
}
