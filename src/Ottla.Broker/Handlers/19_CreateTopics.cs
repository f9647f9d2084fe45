using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>CreateTopics, key 19, versions 2 to 7: makes topics, each with its partitions or not at all.</summary>
/// <remarks>v5: the answer tells partitions, replication factor and configs (KIP-525). v7: and the topic's id (KIP-516).
/// The answer comes when the topics are in the metadata log and their partitions are led here, so a client may produce at once.</remarks>
internal sealed class CreateTopics(ControllerLink controller) : IHandler<CreateTopicsRequest, CreateTopicsResponse>
{
    public static VersionRange Versions => new(2, 7);

    public async ValueTask<CreateTopicsResponse?> Handle(CreateTopicsRequest request, RequestContext context) =>
        await controller.Run(brain => brain.CreateTopics(request)).ConfigureAwait(false);
}
