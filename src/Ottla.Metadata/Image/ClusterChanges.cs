using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Metadata.Image;

/// <summary>What each record about nodes does to the cluster. Pure.</summary>
internal static class ClusterChanges
{
    public static ClusterImage After(ClusterImage cluster, object record) => record switch
    {
        RegisterBrokerRecord r => cluster with { Brokers = cluster.Brokers.SetItem(r.BrokerId, BrokerRegistration.From(r)) },
        UnregisterBrokerRecord r => cluster with { Brokers = cluster.Brokers.Remove(Known(cluster, r.BrokerId, r.BrokerEpoch, "unregistered").Id.Value) },
        FenceBrokerRecord r => Replace(cluster, Known(cluster, r.Id, r.Epoch, "fenced") with { Fenced = true }),
        UnfenceBrokerRecord r => Replace(cluster, Known(cluster, r.Id, r.Epoch, "unfenced") with { Fenced = false }),
        BrokerRegistrationChangeRecord r => Replace(cluster, Changed(Known(cluster, r.BrokerId, r.BrokerEpoch, "changed"), r)),
        RegisterControllerRecord r => cluster with { Controllers = cluster.Controllers.SetItem(r.ControllerId, ControllerRegistration.From(r)) },
        UnregisterControllerRecord r => cluster with { Controllers = cluster.Controllers.Remove(r.ControllerId) },
        _ => throw new InvariantException($"{record.GetType().Name} says nothing about a node"),
    };

    private static BrokerRegistration Changed(BrokerRegistration broker, BrokerRegistrationChangeRecord change) => broker with
    {
        // -1 unfences, 1 fences, 0 leaves it
        Fenced = change.Fenced switch { 0 => broker.Fenced, < 0 => false, _ => true },
        InControlledShutdown = change.InControlledShutdown == 0 ? broker.InControlledShutdown : change.InControlledShutdown > 0,
        Directories = change.LogDirs is { } directories && directories.Count > 0 ? [.. directories] : broker.Directories,
        CordonedDirectories = change.CordonedLogDirs is { } cordoned ? [.. cordoned] : broker.CordonedDirectories,
    };

    private static ClusterImage Replace(ClusterImage cluster, BrokerRegistration broker) =>
        cluster with { Brokers = cluster.Brokers.SetItem(broker.Id.Value, broker) };

    private static BrokerRegistration Known(ClusterImage cluster, int id, long epoch, string what)
    {
        if (!cluster.Brokers.TryGetValue(id, out var broker))
            throw new MalformedMessageException($"The metadata log says that broker {id} is {what}, but it never registered");
        return broker.Epoch.Value == epoch
            ? broker
            : throw new MalformedMessageException($"The metadata log says that broker {id} of epoch {epoch} is {what}, but its epoch is {broker.Epoch}");
    }
}

/// <summary>What each record about credentials, ACLs and tokens does. Pure.</summary>
internal static class SecurityChanges
{
    public static SecurityImage After(SecurityImage security, object record) => record switch
    {
        UserScramCredentialRecord r => security with { Scram = security.Scram.SetItem(new ScramUser(r.Mechanism, r.Name), r) },
        RemoveUserScramCredentialRecord r => security with { Scram = security.Scram.Remove(new ScramUser(r.Mechanism, r.Name)) },
        AccessControlEntryRecord r => security with { Acls = security.Acls.SetItem(r.Id, r) },
        RemoveAccessControlEntryRecord r => security with { Acls = security.Acls.Remove(r.Id) },
        DelegationTokenRecord r => security with { Tokens = security.Tokens.SetItem(r.TokenId, r) },
        RemoveDelegationTokenRecord r => security with { Tokens = security.Tokens.Remove(r.TokenId) },
        _ => throw new InvariantException($"{record.GetType().Name} says nothing about security"),
    };
}
