using Ottla.Configuration.Definitions;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Consumer;

/// <summary>What a ConsumerGroupHeartbeat must say before the group is looked at. The reasons are those that Kafka gives.</summary>
internal static class HeartbeatRules
{
    public static (ErrorCode Error, string? Reason) Check(ConsumerGroupHeartbeatRequest request, short version, IReadOnlyList<string> assignors)
    {
        var needsMemberId = version >= 1 || request.MemberEpoch > 0 || request.MemberEpoch == ConsumerMember.LeaveEpoch;
        if (needsMemberId && request.MemberId.Trim().Length == 0) return Invalid("MemberId can't be empty.");
        if (request.GroupId.Trim().Length == 0) return Invalid("GroupId can't be empty.");
        if (request.InstanceId?.Trim().Length == 0) return Invalid("InstanceId can't be empty.");
        if (request.RackId?.Trim().Length == 0) return Invalid("RackId can't be empty.");
        if (request.MemberEpoch == ConsumerMember.JoinEpoch)
        {
            if (request.RebalanceTimeoutMs == -1) return Invalid("RebalanceTimeoutMs must be provided in first request.");
            if (request.TopicPartitions is null or { Count: > 0 }) return Invalid("TopicPartitions must be empty when (re-)joining.");
            if (request.SubscribedTopicNames is null && request.SubscribedTopicRegex is null)
                return Invalid("Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.");
        }
        else if (request.MemberEpoch == ConsumerMember.LeaveStaticEpoch)
        {
            if (request.InstanceId is null) return Invalid("InstanceId can't be null.");
        }
        else if (request.MemberEpoch < ConsumerMember.LeaveStaticEpoch)
        {
            return Invalid("MemberEpoch is invalid.");
        }
        if (request.ServerAssignor is not null && !assignors.Contains(request.ServerAssignor))
        {
            return (ErrorCode.UnsupportedAssignor,
                $"ServerAssignor {Quote.Of(request.ServerAssignor)} is not supported. Supported assignors: {string.Join(", ", assignors)}.");
        }
        return (ErrorCode.None, null);
    }

    private static (ErrorCode, string?) Invalid(string reason) => (ErrorCode.InvalidRequest, reason);
}
