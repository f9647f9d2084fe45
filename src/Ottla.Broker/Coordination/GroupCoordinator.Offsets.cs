using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination;

public sealed partial class GroupCoordinator
{
    /// <summary>OffsetCommit, versions 2 to 10. Topics that don't exist are answered here; the handler has taken out those that the client
    /// may not read.</summary>
    public Task<OffsetCommitResponse> CommitOffsets(OffsetCommitRequest request, GroupRequestContext context) =>
        OfGroup<OffsetCommitResponse>(request.GroupId, context, error => Refused(request, error),
            (shard, reply, decision) => shard.Offsets.Commit(request, context.ApiVersion, reply, decision));

    private static OffsetCommitResponse Refused(OffsetCommitRequest request, ErrorCode error) => new()
    {
        Topics =
        [
            .. request.Topics.Select(t => new OffsetCommitResponse.OffsetCommitResponseTopic
            {
                Name = t.Name,
                TopicId = t.TopicId,
                Partitions = [.. t.Partitions.Select(p => new OffsetCommitResponse.OffsetCommitResponsePartition
                {
                    PartitionIndex = p.PartitionIndex,
                    ErrorCode = error,
                })],
            }),
        ],
    };

    /// <summary>OffsetFetch, versions 1 to 10; before version 8 for one group. Groups of one request may lie in several shards.</summary>
    public async Task<OffsetFetchResponse> FetchOffsets(OffsetFetchRequest request, GroupRequestContext context)
    {
        if (context.ApiVersion >= 8)
            return new() { Groups = [.. await Task.WhenAll(request.Groups.Select(g => FetchGroup(g, request.RequireStable, context))).ConfigureAwait(false)] };
        var one = new OffsetFetchRequest.OffsetFetchRequestGroup
        {
            GroupId = request.GroupId,
            Topics = request.Topics is null ? null : [.. request.Topics.Select(t => new OffsetFetchRequest.OffsetFetchRequestTopics
            {
                Name = t.Name,
                PartitionIndexes = t.PartitionIndexes,
            })],
        };
        return ToSingle(await FetchGroup(one, request.RequireStable, context).ConfigureAwait(false), one, context.ApiVersion);
    }

    /// <summary>What one group has committed. For handlers that leave out topics before they answer.</summary>
    public Task<OffsetFetchResponse.OffsetFetchResponseGroup> FetchGroup(
        OffsetFetchRequest.OffsetFetchRequestGroup group, bool requireStable, GroupRequestContext context) =>
        OfGroup<OffsetFetchResponse.OffsetFetchResponseGroup>(group.GroupId, context, error => new() { GroupId = group.GroupId, ErrorCode = error },
            (shard, reply, decision) => decision.Answer(reply, shard.Offsets.Fetch(group, requireStable, context.ApiVersion)));

    /// <summary>Version 1 has no error but that of each partition.</summary>
    private static OffsetFetchResponse ToSingle(
        OffsetFetchResponse.OffsetFetchResponseGroup group, OffsetFetchRequest.OffsetFetchRequestGroup asked, short version)
    {
        var response = new OffsetFetchResponse { ErrorCode = version >= 2 ? group.ErrorCode : ErrorCode.None };
        if (group.ErrorCode != ErrorCode.None && version < 2)
        {
            response.Topics = [.. (asked.Topics ?? []).Select(t => new OffsetFetchResponse.OffsetFetchResponseTopic
            {
                Name = t.Name,
                Partitions = [.. t.PartitionIndexes.Select(p => new OffsetFetchResponse.OffsetFetchResponsePartition
                {
                    PartitionIndex = p,
                    CommittedOffset = -1,
                    Metadata = "",
                    ErrorCode = group.ErrorCode,
                })],
            })];
            return response;
        }
        response.Topics = [.. group.Topics.Select(static t => new OffsetFetchResponse.OffsetFetchResponseTopic
        {
            Name = t.Name,
            Partitions = [.. t.Partitions.Select(static p => new OffsetFetchResponse.OffsetFetchResponsePartition
            {
                PartitionIndex = p.PartitionIndex,
                CommittedOffset = p.CommittedOffset,
                CommittedLeaderEpoch = p.CommittedLeaderEpoch,
                Metadata = p.Metadata,
                ErrorCode = p.ErrorCode,
            })],
        })];
        return response;
    }

    /// <summary>OffsetDelete, version 0.</summary>
    public Task<OffsetDeleteResponse> DeleteOffsets(OffsetDeleteRequest request, GroupRequestContext context) => request.GroupId.Length == 0
        ? Task.FromResult(new OffsetDeleteResponse { ErrorCode = ErrorCode.InvalidGroupId })
        : OfGroup<OffsetDeleteResponse>(request.GroupId, context, static error => new() { ErrorCode = error },
            (shard, reply, decision) => shard.Offsets.Delete(request, reply, decision));
}
