using Ottla.Broker.Coordination.Classic;
using Ottla.Broker.Coordination.Offsets;
using Ottla.Broker.Coordination.Shards;
using Ottla.Configuration.Definitions;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Groups;

/// <summary>ListGroups, DescribeGroups and DeleteGroups over the groups of one shard. Owned by the shard's loop.</summary>
internal sealed class Administration(GroupTable table, CommittedOffsets offsets)
{
    /// <summary>Groups in one of the states and of one of the types asked for; an empty filter lets all through. Case does not
    /// count.</summary>
    public List<ListGroupsResponse.ListedGroup> List(IReadOnlyCollection<string> states, IReadOnlyCollection<string> types)
    {
        List<ListGroupsResponse.ListedGroup> listed = [];
        foreach (var group in table.All.Values)
        {
            var type = group.Kind.WireName();
            var state = group.StateName;
            if (states.Count > 0 && !states.Contains(state, StringComparer.OrdinalIgnoreCase)) continue;
            if (types.Count > 0 && !types.Contains(type, StringComparer.OrdinalIgnoreCase)) continue;
            listed.Add(new() { GroupId = group.Id, ProtocolType = group.ProtocolTypeName, GroupState = state, GroupType = type });
        }
        return listed;
    }

    /// <summary>A group that is not there is "Dead": an error with its reason from version 6 on, no error before (KIP-1043).</summary>
    public DescribeGroupsResponse.DescribedGroup Describe(string groupId, short version)
    {
        if (table.TryGet<ClassicGroup>(groupId, out var group)) return Describe(group);
        var reason = table.All.ContainsKey(groupId) ? $"Group {Quote.Of(groupId)} is not a classic group." : $"Group {Quote.Of(groupId)} not found.";
        return new()
        {
            GroupId = groupId,
            GroupState = "Dead",
            ErrorCode = version >= 6 ? ErrorCode.GroupIdNotFound : ErrorCode.None,
            ErrorMessage = version >= 6 ? reason : null,
        };
    }

    private static DescribeGroupsResponse.DescribedGroup Describe(ClassicGroup group)
    {
        // what members tell and are told is settled in a stable group only
        var protocol = group.State == ClassicState.Stable ? group.ProtocolName : null;
        return new()
        {
            GroupId = group.Id,
            GroupState = group.StateName,
            ProtocolType = group.ProtocolTypeName,
            ProtocolData = protocol ?? "",
            Members =
            [
                .. group.Members.Values.Select(m => new DescribeGroupsResponse.DescribedGroupMember
                {
                    MemberId = m.Id,
                    GroupInstanceId = m.InstanceId,
                    ClientId = m.ClientId,
                    ClientHost = m.ClientHost,
                    MemberMetadata = protocol is null ? [] : m.MetadataOf(protocol),
                    MemberAssignment = protocol is null ? [] : m.Assignment,
                }),
            ],
        };
    }

    /// <summary>Deletes a group without members, with all that it committed; the group last, so that it is there as long as something of it
    /// is.</summary>
    public ErrorCode Delete(string groupId, Decision decision)
    {
        if (!table.TryGet<Group>(groupId, out var group)) return ErrorCode.GroupIdNotFound;
        var error = group.ValidateDelete();
        if (error != ErrorCode.None) return error;
        decision.MaySplit = true;
        offsets.AppendTombstones(groupId, decision);
        group.AppendTombstones(decision);
        return ErrorCode.None;
    }
}
