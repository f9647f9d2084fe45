using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>Controllers: who they are and where they are reached.</summary>
/// <remarks>Owned by the metadata loop; decides and changes nothing, see <see cref="Controller"/>.</remarks>
public sealed class ControllerControl
{
    private readonly ControlState _state;

    internal ControllerControl(ControlState state) => _state = state;

    /// <summary>Registers a controller's listeners and features.</summary>
    public MetadataDecision<ControllerRegistrationResponse> RegisterController(ControllerRegistrationRequest request)
    {
        if (!_state.Version.ControllersRegister)
            return MetadataDecision.Nothing(new ControllerRegistrationResponse { ErrorCode = ErrorCode.UnsupportedVersion });
        var record = new RegisterControllerRecord
        {
            ControllerId = request.ControllerId,
            IncarnationId = request.IncarnationId,
            ZkMigrationReady = request.ZkMigrationReady,
            EndPoints = [.. request.Listeners.Select(l => new RegisterControllerRecord.ControllerEndpoint
                { Name = l.Name, Host = l.Host, Port = l.Port, SecurityProtocol = l.SecurityProtocol })],
            Features = [.. request.Features.Select(f => new RegisterControllerRecord.ControllerFeature
                { Name = f.Name, MinSupportedVersion = f.MinSupportedVersion, MaxSupportedVersion = f.MaxSupportedVersion })],
        };
        return MetadataDecision.Of([new(record)], new ControllerRegistrationResponse());
    }

    /// <summary>UnregisterController: forgets a controller that is gone for good.</summary>
    public MetadataDecision<UnregisterControllerResponse> UnregisterController(UnregisterControllerRequest request)
    {
        var verdict = WhyNotUnregister(request.ControllerId);
        return verdict.IsOk
            ? MetadataDecision.Of([new(new UnregisterControllerRecord { ControllerId = request.ControllerId })], new UnregisterControllerResponse())
            : MetadataDecision.Nothing(new UnregisterControllerResponse { ErrorCode = verdict.Code, ErrorMessage = verdict.Message });
    }

    private Verdict WhyNotUnregister(int id)
    {
        if (id == _state.Settings.NodeId.Value)
            return new(ErrorCode.InvalidRequest, "Controller cannot unregister itself while it is active.");
        if (!_state.Version.ControllersUnregister)
            return new(ErrorCode.UnsupportedVersion, "The current MetadataVersion is too old to support controller unregistration.");
        return _state.Image.Cluster.Controllers.ContainsKey(id)
            ? Verdict.Ok
            : new(ErrorCode.ControllerIdNotRegistered, $"Controller ID {id} is not currently registered.");
    }
}
