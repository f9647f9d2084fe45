using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>ControllerRegistration, key 70, version 0: a controller says who it is and where it is reached (KIP-919).</summary>
/// <remarks>Controllers ask it of the active one.</remarks>
internal sealed class ControllerRegistration : IControllerApi<ControllerRegistrationRequest, ControllerRegistrationResponse>
{
    public static VersionRange Versions => new(0, 0);

    public static MetadataDecision<ControllerRegistrationResponse> Decide(Controller controller, ControllerRegistrationRequest request, short version) =>
        controller.Controllers.RegisterController(request);

    public static ControllerRegistrationResponse Refuse(ControllerRegistrationRequest request, short version, ErrorCode error, string? message) =>
        new() { ErrorCode = error, ErrorMessage = message };
}
