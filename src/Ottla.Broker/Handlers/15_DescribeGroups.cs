using Ottla.Broker.Coordination;
using Ottla.Broker.Net;
using Ottla.Broker.Security;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>DescribeGroups, key 15, versions 0 to 6: members and states of classic groups.</summary>
/// <remarks>v3: authorized operations (KIP-430). v4: instance ids. v5: flexible. v6: GROUP_ID_NOT_FOUND for a group that is not there
/// (KIP-1043).</remarks>
internal sealed class DescribeGroups(GroupCoordinator groups) : IHandler<DescribeGroupsRequest, DescribeGroupsResponse>
{
    public static VersionRange Versions => new(0, 6);

    public async ValueTask<DescribeGroupsResponse?> Handle(DescribeGroupsRequest request, RequestContext context)
    {
        var response = await groups.DescribeGroups(request, context.ForGroups()).ConfigureAwait(false);
        if (!request.IncludeAuthorizedOperations) return response;
        foreach (var group in response.Groups)
        {
            if (group.ErrorCode == ErrorCode.None) group.AuthorizedOperations = AuthorizedOperations.Group;
        }

        return response;
    }
}
