using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>AlterClientQuotas, key 49, versions 0 to 1: sets and removes quotas of users, client ids and hosts.</summary>
/// <remarks>KIP-546. Quotas are kept in the metadata; enforcing them is not there yet.</remarks>
internal sealed class AlterClientQuotas : IControllerApi<AlterClientQuotasRequest, AlterClientQuotasResponse>
{
    public static VersionRange Versions => new(0, 1);

    public static MetadataDecision<AlterClientQuotasResponse> Decide(Controller controller, AlterClientQuotasRequest request, short version) =>
        controller.Quotas.AlterClientQuotas(request);

    public static AlterClientQuotasResponse Refuse(AlterClientQuotasRequest request, short version, ErrorCode error, string? message) =>
        new()
        {
            Entries = [.. request.Entries.Select(entry => new AlterClientQuotasResponse.EntryData
            {
                ErrorCode = error,
                ErrorMessage = message,
                Entity = [.. entry.Entity.Select(part => new AlterClientQuotasResponse.EntityData { EntityType = part.EntityType,
                EntityName = part.EntityName })],
            })],
        };
}
