using Ottla.Broker.Coordination;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>OffsetCommit, key 8, versions 2 to 10: notes how far a group has read.</summary>
/// <remarks>
/// v5: no retention of its own. v6: leader epochs. v7: static members (KIP-345). v8: flexible. v9: members of the new protocol (KIP-848).
/// v10: topics by id.
/// </remarks>
internal sealed class OffsetCommit(GroupCoordinator groups) : IHandler<OffsetCommitRequest, OffsetCommitResponse>
{
    public static VersionRange Versions => new(2, 10);

    public async ValueTask<OffsetCommitResponse?> Handle(OffsetCommitRequest request, RequestContext context) =>
        await groups.CommitOffsets(request, context.ForGroups()).ConfigureAwait(false);
}
