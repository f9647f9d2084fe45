using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination;

public sealed partial class GroupCoordinator
{
    /// <summary>ConsumerGroupHeartbeat, versions 0 and 1 (KIP-848).</summary>
    public Task<ConsumerGroupHeartbeatResponse> ConsumerHeartbeat(ConsumerGroupHeartbeatRequest request, GroupRequestContext context) =>
        OfGroup<ConsumerGroupHeartbeatResponse>(request.GroupId, context, static error => new() { ErrorCode = error },
            (shard, reply, decision) => shard.Consumer.Heartbeat(request, context, reply, decision));

    /// <summary>ConsumerGroupDescribe, versions 0 and 1. The handler fills in the authorized operations.</summary>
    public async Task<ConsumerGroupDescribeResponse> DescribeConsumerGroups(ConsumerGroupDescribeRequest request, GroupRequestContext context) => new()
    {
        Groups = [.. await Task.WhenAll(request.GroupIds.Select(id => DescribeConsumerGroup(id, context))).ConfigureAwait(false)],
    };

    private Task<ConsumerGroupDescribeResponse.DescribedGroup> DescribeConsumerGroup(string groupId, GroupRequestContext context)
    {
        return groupId.Length == 0
            ? Task.FromResult(Refused(ErrorCode.InvalidGroupId))
            : OfGroup<ConsumerGroupDescribeResponse.DescribedGroup>(groupId, context, Refused,
                (shard, reply, decision) => decision.Answer(reply, shard.Descriptions.Describe(groupId)));

        ConsumerGroupDescribeResponse.DescribedGroup Refused(ErrorCode error) => new() { GroupId = groupId, ErrorCode = error };
    }
}
