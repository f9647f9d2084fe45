using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>UnregisterController, key 94, version 0: forgets a controller that is gone for good.</summary>
internal sealed class UnregisterController : IControllerApi<UnregisterControllerRequest, UnregisterControllerResponse>
{
    public static VersionRange Versions => new(0, 0);

    public static MetadataDecision<UnregisterControllerResponse> Decide(Controller controller, UnregisterControllerRequest request, short version) =>
        controller.Controllers.UnregisterController(request);

    public static UnregisterControllerResponse Refuse(UnregisterControllerRequest request, short version, ErrorCode error, string? message) =>
        new() { ErrorCode = error, ErrorMessage = message };
}
