using Ottla.Broker.Coordination;
using Ottla.Broker.Net;
using Ottla.Broker.Security;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>ConsumerGroupDescribe, key 69, versions 0 to 1: members, assignments and epochs of groups of the new protocol.</summary>
/// <remarks>KIP-848. v1: the type of each member (KIP-1099).</remarks>
internal sealed class ConsumerGroupDescribe(GroupCoordinator groups) : IHandler<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>
{
    public static VersionRange Versions => new(0, 1);

    public async ValueTask<ConsumerGroupDescribeResponse?> Handle(ConsumerGroupDescribeRequest request, RequestContext context)
    {
        var response = await groups.DescribeConsumerGroups(request, context.ForGroups()).ConfigureAwait(false);
        if (!request.IncludeAuthorizedOperations) return response;
        foreach (var group in response.Groups)
        {
            if (group.ErrorCode == ErrorCode.None) group.AuthorizedOperations = AuthorizedOperations.Group;
        }

        return response;
    }
}
