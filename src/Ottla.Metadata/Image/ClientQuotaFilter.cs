using Ottla.Configuration.Definitions;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Image;

/// <summary>DescribeClientQuotas over an image. Pure; any broker answers it.</summary>
public static class ClientQuotaFilter
{
    private const sbyte Exact = 0;
    private const sbyte Default = 1;
    private const sbyte Specified = 2;

    public static DescribeClientQuotasResponse Describe(ClientQuotasImage quotas, DescribeClientQuotasRequest request)
    {
        if (WhyRefused(request) is { } refused) return new DescribeClientQuotasResponse { ErrorCode = refused.Code, ErrorMessage = Quote.Within(refused.Why), Entries = null };
        var response = new DescribeClientQuotasResponse { Entries = [] };
        foreach (var (entity, values) in quotas.ByEntity)
        {
            if (!Matches(entity, request)) continue;
            response.Entries.Add(new DescribeClientQuotasResponse.EntryData
            {
                Entity = [.. entity.Parts.Select(part => new DescribeClientQuotasResponse.EntityData { EntityType = part.Type, EntityName = part.Name })],
                Values = [.. values.Select(pair => new DescribeClientQuotasResponse.ValueData { Key = pair.Key, Value = pair.Value })],
            });
        }

        return response;
    }

    private static (ErrorCode Code, string Why)? WhyRefused(DescribeClientQuotasRequest request)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var component in request.Components)
        {
            if (component.EntityType.Length == 0) return (ErrorCode.InvalidRequest, "Unexpected empty filter component entity type");
            if (!seen.Add(component.EntityType)) return (ErrorCode.InvalidRequest, $"Entity type '{component.EntityType}' cannot appear more than once in the filter.");
            if (component.EntityType is not ("user" or "client-id" or "ip")) return (ErrorCode.UnsupportedVersion, $"Custom entity type '{component.EntityType}' not supported");
            if (component.MatchType is not (Exact or Default or Specified)) return (ErrorCode.InvalidRequest, $"Unexpected match type: {component.MatchType}");
            if (component.MatchType == Exact && component.Match is null) return (ErrorCode.InvalidRequest, "Request specified MATCH_TYPE_EXACT, but set match string to null.");
            if (component.MatchType == Exact || component.Match is null) continue;
            var asked = component.MatchType == Default ? "MATCH_TYPE_DEFAULT" : "MATCH_TYPE_SPECIFIED";
            return (ErrorCode.InvalidRequest, $"Request specified {asked}, but also specified a match string.");
        }

        return seen.Contains("ip") && seen.Count > 1
            ? (ErrorCode.InvalidRequest, "Invalid entity filter component combination, IP filter component should not be used with user or clientId filter component.")
            : null;
    }

    private static bool Matches(QuotaEntity entity, DescribeClientQuotasRequest request)
    {
        if (request.Strict && entity.Parts.Count != request.Components.Count) return false;
        foreach (var component in request.Components)
        {
            var part = entity.Parts.FirstOrDefault(candidate => candidate.Type == component.EntityType);
            if (part.Type is null) return false;
            if (component.MatchType == Exact && part.Name != component.Match) return false;
            if (component.MatchType == Default && part.Name is not null) return false;
        }

        return true;
    }
}
