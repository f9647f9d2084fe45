using Ottla.Metadata.Control;
using Ottla.Metadata.Quorum;

namespace Ottla.Broker.Cluster;

/// <summary>How the broker's handlers ask the controller: the answer comes when its records are committed and this broker has acted on
/// them.</summary>
/// <remarks>So whoever is told that a topic was made can produce to it, and whoever changed a config finds it obeyed.</remarks>
internal sealed class ControllerLink(ControllerService service, Func<Task> caughtUp)
{
    public async Task<TResponse> Run<TResponse>(Func<Controller, Decision<TResponse>> decide)
    {
        var response = await service.Run(decide).ConfigureAwait(false);
        await caughtUp().ConfigureAwait(false);
        return response;
    }
}
