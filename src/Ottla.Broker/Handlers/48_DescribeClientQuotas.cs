using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Metadata.Image;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>DescribeClientQuotas, key 48, versions 0 to 1: quotas of users, client ids and hosts.</summary>
/// <remarks>KIP-546. Answered from the metadata image.</remarks>
internal sealed class DescribeClientQuotas(PublishedMetadata cluster) : IHandler<DescribeClientQuotasRequest, DescribeClientQuotasResponse>
{
    public static VersionRange Versions => new(0, 1);

    public ValueTask<DescribeClientQuotasResponse?> Handle(DescribeClientQuotasRequest request, RequestContext context) =>
        new(ClientQuotaFilter.Describe(cluster.Image.Quotas, request));
}
