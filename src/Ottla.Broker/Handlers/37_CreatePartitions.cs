using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>CreatePartitions, key 37, versions 0 to 3: raises the number of partitions of topics.</summary>
/// <remarks>v1 to v3 change only how errors and throttling are told.</remarks>
internal sealed class CreatePartitions(ControllerLink controller) : IHandler<CreatePartitionsRequest, CreatePartitionsResponse>
{
    public static VersionRange Versions => new(0, 3);

    public async ValueTask<CreatePartitionsResponse?> Handle(CreatePartitionsRequest request, RequestContext context) =>
        await controller.Run(brain => brain.CreatePartitions(request)).ConfigureAwait(false);
}
