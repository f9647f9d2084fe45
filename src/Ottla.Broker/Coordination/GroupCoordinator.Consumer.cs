using Ottla.Protocol.Messages;

namespace Ottla.Broker.Coordination;

public sealed partial class GroupCoordinator
{
    /// <summary>ConsumerGroupHeartbeat, versions 0 and 1 (KIP-848).</summary>
    public Task<ConsumerGroupHeartbeatResponse> ConsumerHeartbeat(ConsumerGroupHeartbeatRequest request, GroupRequestContext context) =>
        OfGroup<ConsumerGroupHeartbeatResponse>(request.GroupId, static error => new() { ErrorCode = error },
            (shard, reply, decision) => shard.Consumer.Heartbeat(request, context, reply, decision));

    /// <summary>ConsumerGroupDescribe, versions 0 and 1. The handler fills in the authorized operations.</summary>
    public async Task<ConsumerGroupDescribeResponse> DescribeConsumerGroups(ConsumerGroupDescribeRequest request, GroupRequestContext context) => new()
    {
        Groups = [.. await Task.WhenAll(request.GroupIds.Select(DescribeConsumerGroup)).ConfigureAwait(false)],
    };

    private Task<ConsumerGroupDescribeResponse.DescribedGroup> DescribeConsumerGroup(string groupId) =>
        OfGroup<ConsumerGroupDescribeResponse.DescribedGroup>(groupId, error => new() { GroupId = groupId, ErrorCode = error },
            (shard, reply, decision) => decision.Answer(reply, shard.Descriptions.Describe(groupId)));
}
