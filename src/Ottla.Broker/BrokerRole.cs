using System.Diagnostics.CodeAnalysis;
using Ottla.Broker.Cluster;
using Ottla.Broker.Coordination;
using Ottla.Broker.Fetching;
using Ottla.Broker.Net;
using Ottla.Broker.Replication;
using Ottla.Broker.Replication.Following;
using Ottla.Configuration.Settings;
using Ottla.Log.Directories;
using Ottla.Metadata.Service;
using Ottla.Network.Connections;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker;

/// <summary>What a node is as a broker: its logs, the partitions that it leads and follows, its groups, and what it serves to
/// clients.</summary>
/// <remarks>Part of the composition root: made and stopped by <see cref="BrokerServer"/>. A node that is a controller alone has
/// none.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "It ends by StopWork and Close, which wait; what it owns is disposed there.")]
internal sealed class BrokerRole
{
    /// <summary>What was not assigned by then is reported anew, with what came meanwhile.</summary>
    private const int AssignMsMax = 10_000;

    private readonly BrokerHost _host;
    private readonly PublishedMetadata _cluster;
    private readonly ControllerService _controller;
    private readonly ClusterMember? _member;
    private readonly LogDirectories _logs;
    private readonly Partitions _partitions;
    private readonly DirectoryAssignments _assignments;
    private readonly GroupCoordinator _groups;
    private readonly MetadataApplier _applier;
    private readonly ReplicaFetchers _fetchers;
    private readonly IsrChanges _isrChanges;
    private readonly IsrChecks _isrChecks;
    private readonly TopicCreation _creation;
    private readonly Upkeep _upkeep;

    /// <param name="settings">The node's.</param>
    /// <param name="host">The world.</param>
    /// <param name="directories">Its directories, locked.</param>
    /// <param name="cluster">Published to clients by this role.</param>
    /// <param name="dynamic">The settings as of now, replaced by this role.</param>
    /// <param name="loggers">What it logs.</param>
    /// <param name="controller">This node's replica of the metadata, whether it may lead or not.</param>
    /// <param name="member">Its place among other nodes; null for a node alone.</param>
    /// <param name="stopping">Cancelled when the node stops.</param>
    public BrokerRole(
        BrokerSettings settings, BrokerHost host, NodeDirectories directories, PublishedMetadata cluster, DynamicSettings dynamic, BrokerLoggers loggers,
        ControllerService controller, ClusterMember? member, CancellationToken stopping)
    {
        (_host, _cluster, _controller, _member) = (host, cluster, controller, member);
        var policies = new TopicPolicies(dynamic);
        _logs = directories.OpenLogs(settings, host, DirectoryFailed);
        _assignments = new DirectoryAssignments(AssignDirectories, () => (_cluster.Self, OwnEpoch()), host.Time, host.Fault);
        _logs.OnMoved = moved =>
        {
            _assignments.Report(moved.TopicId, moved.Partition.Partition, moved.Directory.Id);
            _assignments.Send();
        };
        foreach (var directory in _logs.All)
            directory.IsCordoned = settings.Log.CordonedLogDirs.Any(path => path == "*" || Path.GetFullPath(path) == directory.Path);
        // a node alone has no other replicas, so nobody is ever asked
        _isrChanges = new IsrChanges(
            member is null ? _ => Task.FromResult(new AlterPartitionResponse { ErrorCode = ErrorCode.NotController }) : IsrChanges.Through(member.Own, stopping),
            () => (_cluster.Self, OwnEpoch()), host.Time, host.Fault);
        var replicas = new ReplicaContext
        {
            Self = settings.NodeId,
            Time = host.Time,
            LagTimeMaxMs = settings.Replication.LagTimeMaxMs,
            RegisteredEpoch = RegisteredEpoch,
            Changes = _isrChanges,
            Flushes = _logs.Flushes,
        };
        var throttles = new ReplicationThrottles(
            new(host.Time, () => dynamic.Current.Replication.LeaderThrottledRate, policy => policy.ThrottledLeaders),
            new(host.Time, () => dynamic.Current.Replication.FollowerThrottledRate, policy => policy.ThrottledFollowers));
        _fetchers = new ReplicaFetchers(
            FetcherContext.Of(settings, host, OwnEpoch, throttles), settings.Node.InterBrokerListenerName,
            () => dynamic.Current.Replication.NumFetchers);
        _partitions = new Partitions(replicas, _logs, policies, _assignments, _fetchers, host.Logs.CreateLogger(nameof(Partitions)));
        _isrChecks = new IsrChecks(
            _partitions, settings.Replication.LagTimeMaxMs, host.Time, host.Logs.CreateLogger(nameof(IsrChecks)), host.Fault, host.Loops);
        _groups = new GroupCoordinator(
            CoordinatorSettings.Of(settings, dynamic, _cluster), new OffsetsLog(number => _partitions.Find(TopicNames.ConsumerOffsets)?.Find(number), host.Time),
            new TopicCatalog(_cluster), host.Time, host.Random,
            host.Logs.CreateLogger(nameof(GroupCoordinator)), host.Fault, host.Loops);
        _applier = new MetadataApplier(_cluster, dynamic, _logs, policies, _partitions, _assignments, _groups, host.Fault, host.Loops)
        {
            Applied = image => _member?.Applied(image),
            BrokersChanged = _isrChecks.Wake,
        };
        _upkeep = new Upkeep(_logs, host.Time, host.Fault, host.Loops);
        var link = new ControllerLink(controller, _applier.CaughtUp, member?.Remote);
        var finder = new PartitionFinder(_partitions, _cluster, throttles.Leader, settings.Replication.IsRackAware);
        _creation = new TopicCreation(link, dynamic, _cluster, host.Time, host.Logs.CreateLogger(nameof(TopicCreation)), host.Fault);
        Served = new ServedApis(_cluster, controller, link, dynamic, _logs, finder, _groups, _creation,
            new FetchSessions(settings.Requests.FetchSessionCacheSlots, host.Time, host.Random), loggers, host.Time, member?.Forwarder);
    }

    /// <summary>What clients and other brokers are served.</summary>
    public ServedApis Served { get; }

    public int PartitionCount => _partitions.Count;

    /// <summary>Hears of what is committed and makes it true here.</summary>
    public IMetadataSubscriber Applier => _applier;

    /// <summary>The first image is applied: everything that this broker leads can be served.</summary>
    public Task Ready => _applier.Ready;

    /// <summary>The ids of the log directories that are online.</summary>
    public IReadOnlyList<Uuid> OnlineDirectories => [.. _logs.All.Where(directory => directory.IsOnline).Select(directory => directory.Id)];

    /// <summary>Those of them that take no new replicas.</summary>
    public IReadOnlyList<Uuid> CordonedDirectories =>
        [.. _logs.All.Where(directory => directory is { IsOnline: true, IsCordoned: true }).Select(directory => directory.Id)];

    /// <summary>The epoch that the mark of a clean stop carries.</summary>
    public BrokerEpoch EpochAtCleanStop => _logs.EpochAtCleanStop;

    /// <summary>Clients are about to be let in.</summary>
    public void WarnAtStart() => _creation.WarnAtStart();

    /// <summary>Members that wait for a rebalance wait for minutes, and the listeners for them: they are answered first.</summary>
    public Task StopGroups() => _groups.Stop();

    /// <summary>No request comes any more.</summary>
    public async Task StopWork()
    {
        await _upkeep.Stop().ConfigureAwait(false);
        _assignments.Stop();
        _isrChecks.Dispose();
        _isrChanges.Stop();
    }

    /// <summary>Nothing is committed any more: all is put on the disk, the mark of a clean stop last.</summary>
    public async Task Close()
    {
        var epoch = OwnEpoch();
        await _applier.CaughtUp().ConfigureAwait(false);
        await _fetchers.Stop().ConfigureAwait(false);
        _logs.Close(epoch);
        _upkeep.Dispose();
    }

    /// <summary>Of this run of the node, fenced or not.</summary>
    private BrokerEpoch OwnEpoch() => _member?.Broker?.Epoch ?? _cluster.Image.Cluster.Broker(_cluster.Self)?.Epoch ?? BrokerEpoch.None;

    /// <summary>The run of a broker that may be in an ISR.</summary>
    private BrokerEpoch RegisteredEpoch(int broker) =>
        _cluster.Image.Cluster.Broker(new(broker)) is { IsActive: true } registration ? registration.Epoch : BrokerEpoch.None;

    private void DirectoryFailed(DirectoryFailure failure)
    {
        if (failure.MustEnd)
        {
            _host.Fault(new IOException($"{failure.Directory.Path} is lost, and this node can't go on without it: {failure.Directory.Cause?.Message}"));
            return;
        }

        if (_member is not null)
        {
            _member.Broker?.DirectoryFailed(failure.Directory.Id);
            return;
        }

        var online = OnlineDirectories;
        var told = _controller.Run(controller => controller.Directories.ChangeOwnDirectories([.. online], null), Asker.Self("the failure of a log directory"));
        Unawaited.Watch(told, _host.Fault);
    }

    private async Task<ErrorCode> AssignDirectories(AssignReplicasToDirsRequest request)
    {
        if (_member is not null)
        {
            var reply = await _member.Own.Ask(NodeApis.AssignReplicasToDirs, _ => request, answer => answer.ErrorCode, AssignMsMax).ConfigureAwait(false);
            return reply.Response?.ErrorCode ?? reply.Error;
        }

        var asker = Asker.Self(nameof(AssignReplicasToDirsRequest));
        var answer = await _controller.Run(controller => controller.Directories.AssignReplicasToDirs(request), asker).ConfigureAwait(false);
        return answer.Response?.ErrorCode ?? answer.Error;
    }
}
