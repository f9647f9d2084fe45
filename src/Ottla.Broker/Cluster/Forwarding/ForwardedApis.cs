using System.Collections.Frozen;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster.Forwarding;

/// <summary>The APIs that any broker takes and only the active controller answers: they travel to it in an Envelope.</summary>
internal static class ForwardedApis
{
    private static readonly FrozenSet<ApiKey> _keys = FrozenSet.ToFrozenSet(
    [
        ApiKey.CreateTopics, ApiKey.DeleteTopics, ApiKey.CreatePartitions, ApiKey.AlterConfigs, ApiKey.IncrementalAlterConfigs, ApiKey.CreateAcls,
        ApiKey.DeleteAcls, ApiKey.CreateDelegationToken, ApiKey.RenewDelegationToken, ApiKey.ExpireDelegationToken, ApiKey.ElectLeaders,
        ApiKey.AlterPartitionReassignments, ApiKey.ListPartitionReassignments, ApiKey.AlterClientQuotas, ApiKey.AlterUserScramCredentials,
        ApiKey.DescribeQuorum, ApiKey.UpdateFeatures, ApiKey.UnregisterBroker, ApiKey.AddRaftVoter, ApiKey.RemoveRaftVoter,
        ApiKey.UnregisterController,
    ]);

    public static bool Contains(ApiKey key) => _keys.Contains(key);

    /// <summary>What a broker can promise of an API: for a forwarded one, what the active controller serves, too.</summary>
    /// <param name="ours">What this broker serves.</param>
    /// <param name="controllers">What the active controller does; null where that is not known.</param>
    /// <returns>Null where there is no common version.</returns>
    public static VersionRange? Common(VersionRange ours, VersionRange? controllers)
    {
        if (controllers is not { } theirs) return ours;
        var common = new VersionRange(Math.Max(ours.Min, theirs.Min), Math.Min(ours.Max, theirs.Max));
        return common.Min <= common.Max ? common : null;
    }
}
