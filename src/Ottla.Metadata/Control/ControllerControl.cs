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
}
