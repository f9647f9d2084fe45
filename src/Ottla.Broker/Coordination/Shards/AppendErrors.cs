using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Shards;

/// <summary>What a client is told when its group's records could not be written: never the partition's error, which is not about a
/// partition of the client's.</summary>
internal static class AppendErrors
{
    public static ErrorCode ForGroups(ErrorCode error) => error switch
    {
        ErrorCode.UnknownTopicOrPartition or ErrorCode.NotEnoughReplicas or ErrorCode.NotEnoughReplicasAfterAppend or ErrorCode.RequestTimedOut =>
            ErrorCode.CoordinatorNotAvailable,
        ErrorCode.NotLeaderOrFollower or ErrorCode.KafkaStorageError or ErrorCode.FencedLeaderEpoch or ErrorCode.UnknownLeaderEpoch => ErrorCode.NotCoordinator,
        ErrorCode.MessageTooLarge or ErrorCode.RecordListTooLarge or ErrorCode.InvalidFetchSize => ErrorCode.UnknownServerError,
        _ => error,
    };
}
