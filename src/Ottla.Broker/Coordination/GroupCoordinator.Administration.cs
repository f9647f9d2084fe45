using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination;

public sealed partial class GroupCoordinator
{
    /// <summary>ListGroups, versions 0 to 5: the groups that this node coordinates. One partition that still loads refuses the whole
    /// list.</summary>
    public async Task<ListGroupsResponse> ListGroups(ListGroupsRequest request, GroupRequestContext context)
    {
        var lists = await OfAllShards(
            context, (shard, _) => new ListGroupsResponse { Groups = shard.Administration.List(request.StatesFilter, request.TypesFilter) },
            static error => new ListGroupsResponse { ErrorCode = error }).ConfigureAwait(false);
        var error = lists.Select(static l => l.ErrorCode).FirstOrDefault(static e => e is not (ErrorCode.None or ErrorCode.NotCoordinator));
        return error != ErrorCode.None
            ? new ListGroupsResponse { ErrorCode = error }
            : new ListGroupsResponse { Groups = [.. lists.SelectMany(static l => l.Groups)] };
    }

    /// <summary>DescribeGroups, versions 0 to 6. The handler fills in the authorized operations.</summary>
    public async Task<DescribeGroupsResponse> DescribeGroups(DescribeGroupsRequest request, GroupRequestContext context) => new()
    {
        Groups = [.. await Task.WhenAll(request.Groups.Select(id => DescribeOne(id, context))).ConfigureAwait(false)],
    };

    /// <summary>DeleteGroups, versions 0 to 3.</summary>
    public async Task<DeleteGroupsResponse> DeleteGroups(DeleteGroupsRequest request, GroupRequestContext context) => new()
    {
        Results = [.. await Task.WhenAll(request.GroupsNames.Distinct().Select(id => DeleteOne(id, context))).ConfigureAwait(false)],
    };

    private Task<DescribeGroupsResponse.DescribedGroup> DescribeOne(string groupId, GroupRequestContext context) => OfGroup<DescribeGroupsResponse.DescribedGroup>(
        groupId, context, error => new() { GroupId = groupId, ErrorCode = error },
        (shard, reply, decision) => decision.Answer(reply, shard.Administration.Describe(groupId, context.ApiVersion)));

    private Task<DeleteGroupsResponse.DeletableGroupResult> DeleteOne(string groupId, GroupRequestContext context) => OfGroup<DeleteGroupsResponse.DeletableGroupResult>(
        groupId, context, error => new() { GroupId = groupId, ErrorCode = error },
        (shard, reply, decision) => decision.Answer(reply, new() { GroupId = groupId, ErrorCode = shard.Administration.Delete(groupId, decision) }));
}
