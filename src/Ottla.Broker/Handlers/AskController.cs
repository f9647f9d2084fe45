using Ottla.Broker.Cluster;
using Ottla.Broker.Cluster.Forwarding;
using Ottla.Broker.Net;
using Ottla.Metadata.Service;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Handlers;

/// <summary>Every API that is the controller's to answer: hands the request over and gives back what comes.</summary>
internal sealed class AskController<TRequest, TResponse, TApi>(ControllerLink controller) : IHandler<TRequest, TResponse>
    where TRequest : class, IRequest<TRequest>
    where TResponse : class, IResponse<TResponse>
    where TApi : IControllerApi<TRequest, TResponse>
{
    public static VersionRange Versions => TApi.Versions;

    public async ValueTask<TResponse?> Handle(TRequest request, RequestContext context)
    {
        var asker = new Asker(context.ApiKey.ToString(), context.ClientId, context.ClientHost);
        var (response, refusal) = await controller.Ask<TRequest, TResponse, TApi>(
            request, context.ApiVersion, asker, ForwardedClient.Of(context), context.Ending).ConfigureAwait(false);
        context.Refusal = refusal;
        return response;
    }
}
