using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>DeleteTopics, key 20, versions 1 to 6: deletes topics by name or id.</summary>
/// <remarks>v6: by id too (KIP-516). The directories are renamed at once and their files go after `file.delete.delay.ms`.</remarks>
internal sealed class DeleteTopics(ControllerLink controller) : IHandler<DeleteTopicsRequest, DeleteTopicsResponse>
{
    public static VersionRange Versions => new(1, 6);

    public async ValueTask<DeleteTopicsResponse?> Handle(DeleteTopicsRequest request, RequestContext context) =>
        await controller.Run(brain => brain.DeleteTopics(request)).ConfigureAwait(false);
}
