using Ottla.Broker.Cluster.Controllers;
using Ottla.Network.Connections;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Cluster.Forwarding;

/// <summary>The active controller as another node sees it: clients' requests go to it in an Envelope, a broker's own as they are.</summary>
/// <remarks>
/// Any thread. A controller of Ottla tells how far the metadata were committed when it answered; the answer waits here until this broker
/// has acted on that, but not for ever: a broker that lags tells its clients late rather than nothing. Kafka's does not tell, and is not
/// waited for.
/// </remarks>
/// <param name="forwarder">For what clients ask.</param>
/// <param name="own">For what this broker asks for itself.</param>
/// <param name="reached">Completes when this broker has acted on all of the metadata log below.</param>
/// <param name="time">For the bound of that wait.</param>
internal sealed class RemoteController(Forwarder forwarder, ControllerChannel own, Func<Offset, Task> reached, TimeProvider time)
{
    private const int OwnAnswerMsMax = 30_000;

    /// <summary>A broker that lags by more has worse to tell than a topic that it does not know yet.</summary>
    private static readonly TimeSpan _catchUpMax = TimeSpan.FromSeconds(5);

    public async Task<(TResponse Response, ErrorCode Refusal)> Ask<TRequest, TResponse, TApi>(TRequest request, short version, ForwardedClient client,
        CancellationToken cancellation)
        where TRequest : class, IRequest<TRequest>
        where TResponse : class, IResponse<TResponse>
        where TApi : IControllerApi<TRequest, TResponse>
    {
        var (reply, end) = ForwardedApis.Contains(TRequest.ApiKey)
            ? await forwarder.Forward<TRequest, TResponse>(request, version, client, cancellation).ConfigureAwait(false)
            : new(await own.Ask(new Api<TRequest, TResponse>(version), _ => request, ErrorOf, OwnAnswerMsMax, cancellation).ConfigureAwait(false), null);
        if (reply.Response is not { } response) return (TApi.Refuse(request, version, reply.Error, reply.Why), reply.Error);
        if (end is { } committed) await CatchUp(committed).ConfigureAwait(false);
        return (response, ErrorCode.None);
    }

    /// <summary>The error of the answer as a whole.</summary>
    private static ErrorCode ErrorOf(IMessage answer) => answer switch
    {
        AllocateProducerIdsResponse block => block.ErrorCode,
        AssignReplicasToDirsResponse assigned => assigned.ErrorCode,
        _ => ErrorCode.None,
    };

    private async Task CatchUp(Offset committed)
    {
        try
        {
            await reached(committed).WaitAsync(_catchUpMax, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // what was asked for is committed all the same
        }
    }
}
