using System.Net;
using Ottla.Configuration.Catalogs;
using Ottla.Configuration.Definitions;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>AlterClientQuotas (KIP-546).</summary>
/// <remarks>Owned by the metadata loop; decides and changes nothing, see <see cref="Controller"/>.</remarks>
public sealed class QuotaControl
{
    private readonly ControlState _state;

    internal QuotaControl(ControlState state) => _state = state;

    /// <summary>Sets and removes quotas; each entity on its own. One that is named more than once is answered once, with what came of the
    /// last.</summary>
    public MetadataDecision<AlterClientQuotasResponse> AlterClientQuotas(AlterClientQuotasRequest request)
    {
        var records = new List<VersionedRecord>();
        var response = new AlterClientQuotasResponse();
        var answers = new Dictionary<QuotaEntity, AlterClientQuotasResponse.EntryData>();
        foreach (var entry in request.Entries)
        {
            var mark = records.Count;
            var verdict = AlterQuotas(entry, records);
            if (!verdict.IsOk) records.RemoveRange(mark, records.Count - mark);
            var entity = new QuotaEntity(entry.Entity.Select(part => (part.EntityType, part.EntityName)));
            if (!answers.TryGetValue(entity, out var answer))
            {
                answers.Add(entity, answer = new AlterClientQuotasResponse.EntryData
                {
                    Entity = [.. entry.Entity.Select(part => new AlterClientQuotasResponse.EntityData
                        { EntityType = part.EntityType, EntityName = part.EntityName })],
                });
                response.Entries.Add(answer);
            }

            (answer.ErrorCode, answer.ErrorMessage) = (verdict.Code, verdict.Message);
        }

        return request.ValidateOnly ? MetadataDecision.Nothing(response) : MetadataDecision.Of(records, response);
    }

    private Verdict AlterQuotas(AlterClientQuotasRequest.EntryData entry, List<VersionedRecord> records)
    {
        var refusal = WhyNoEntity(entry);
        if (!refusal.IsOk) return refusal;
        var catalog = entry.Entity.Exists(part => part.EntityType == "ip") ? QuotaConfigs.OfIps : QuotaConfigs.OfClients;
        var entity = new QuotaEntity(entry.Entity.Select(part => (part.EntityType, part.EntityName)));
        var current = _state.Image.Quotas.Of(entity);
        var changes = new SortedDictionary<string, double?>(StringComparer.Ordinal);
        foreach (var op in entry.Ops) changes[op.Key] = op.Remove ? null : op.Value;
        foreach (var (key, value) in changes)
        {
            if (!catalog.Knows(key)) return new(ErrorCode.InvalidRequest, $"Invalid configuration key {Quote.Of(key)}");
            if (value is { } limit && !(limit > 0)) return new(ErrorCode.InvalidRequest, $"Quota {key} must be greater than 0");
            if (value is { } rate && key is not ("request_percentage" or "controller_mutation_rate")
                && Math.Abs(rate - Math.Round(rate)) > 1e-6)
                return new(ErrorCode.InvalidRequest, $"{key} cannot be a fractional value.");
            double? had = current is not null && current.TryGetValue(key, out var set) ? set : null;
            if (had == value) continue;
            records.Add(new(new ClientQuotaRecord
            {
                Entity = [.. entity.Parts.Select(part => new ClientQuotaRecord.EntityData { EntityType = part.Type,
                EntityName = part.Name })],
                Key = key,
                Value = value ?? 0,
                Remove = value is null,
            }));
        }

        return Verdict.Ok;
    }

    private static Verdict WhyNoEntity(AlterClientQuotasRequest.EntryData entry)
    {
        if (entry.Entity.Count == 0) return new(ErrorCode.InvalidRequest, "Invalid empty client quota entity");
        foreach (var part in entry.Entity)
        {
            if (part.EntityType is not ("user" or "client-id" or "ip"))
                return new(ErrorCode.InvalidRequest, $"Unhandled client quota entity type: {Quote.Of(part.EntityType)}");
            if (part.EntityName is { Length: 0 }) return new(ErrorCode.InvalidRequest, $"Empty {Quote.Of(part.EntityType)} not supported");
            if (part.EntityType == "ip" && part.EntityName is { } address && !IPAddress.TryParse(address, out _)
                && Uri.CheckHostName(address) == UriHostNameType.Unknown)
                return new(ErrorCode.InvalidRequest, $"{Quote.Of(address)} is not a valid IP or resolvable host.");
        }

        if (entry.Entity.DistinctBy(part => part.EntityType).Count() != entry.Entity.Count)
            return new(ErrorCode.InvalidRequest, "Duplicate entity type");
        return entry.Entity.Count > 1 && entry.Entity.Exists(part => part.EntityType == "ip")
            ? new(ErrorCode.InvalidRequest, "Invalid quota entity combination, IP entity should not be combined with User or ClientId")
            : Verdict.Ok;
    }
}
