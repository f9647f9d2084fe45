using Ottla.Broker.Cluster;
using Ottla.Broker.Coordination;
using Ottla.Broker.Fetching;
using Ottla.Broker.Net;
using Ottla.Broker.Replication;
using Ottla.Broker.Replication.Following;
using Ottla.Configuration.Settings;
using Ottla.Log.Directories;
using Ottla.Metadata.Service;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker;

/// <summary>A node, broker and controller in one: opens its data, leads its partitions, serves its listeners.</summary>
/// <remarks>
/// The composition root of this room: every part is made here and handed to those that use it; there are no statics, so several nodes live
/// side by side in one process.
/// Order of the start: lock and read the directories, bind the sockets (a port that is taken is said before anything is written), lead the
/// metadata log and register,
/// open the partitions, accept. Order of the stop is the reverse.
/// </remarks>
public sealed class BrokerServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly NodeDirectories _directories;
    private readonly ControllerService _controller;
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
    private readonly PublishedMetadata _cluster;
    private readonly List<Net.Listener> _listeners = [];
    private readonly List<Task> _accepting = [];
    private bool _isStopped;

    private BrokerServer(BrokerSettings settings, BrokerHost host, NodeDirectories directories)
    {
        _directories = directories;
        _controller = directories.OpenController(settings, host);
        _cluster = new PublishedMetadata(directories.ClusterId, settings.NodeId);
        var dynamic = new DynamicSettings(settings);
        var policies = new TopicPolicies(dynamic);
        _logs = directories.OpenLogs(settings, host, failure => DirectoryFailed(failure, host));
        _assignments = new DirectoryAssignments(
            AssignDirectories, () => (_cluster.Self, _cluster.Image.Cluster.Broker(_cluster.Self)?.Epoch ?? BrokerEpoch.None), host.Time, host.Fault);
        _logs.OnMoved = moved =>
        {
            _assignments.Report(moved.TopicId, moved.Partition.Partition, moved.Directory.Id);
            _assignments.Send();
        };
        foreach (var directory in _logs.All)
            directory.IsCordoned = settings.Log.CordonedLogDirs.Any(path => path == "*" || Path.GetFullPath(path) == directory.Path);
        // a sole voter has no other replicas, so nobody is ever asked
        _isrChanges = new IsrChanges(
            _ => Task.FromResult(new AlterPartitionResponse { ErrorCode = ErrorCode.NotController }), () => (_cluster.Self, OwnEpoch()),
            host.Time, host.Fault);
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
        _isrChecks = new IsrChecks(_partitions, settings.Replication.LagTimeMaxMs, host.Time, host.Fault);
        _groups = new GroupCoordinator(
            CoordinatorSettings.Of(settings, dynamic, _cluster), new OffsetsLog(number => _partitions.Find(TopicNames.ConsumerOffsets)?.Find(number), host.Time),
            new TopicCatalog(_cluster), host.Time, host.Random,
            host.Logs.CreateLogger(nameof(GroupCoordinator)), host.Fault);
        _applier = new MetadataApplier(_cluster, dynamic, _logs, policies, _partitions, _assignments, _groups, host.Fault);
        _upkeep = new Upkeep(_logs, host.Time, host.Fault);
        var link = new ControllerLink(_controller, _applier.CaughtUp);
        var finder = new PartitionFinder(_partitions, _cluster, throttles.Leader, settings.Replication.IsRackAware);
        _creation = new TopicCreation(link, dynamic, _cluster, host.Time, host.Logs.CreateLogger(nameof(TopicCreation)), host.Fault);
        var served = new ServedApis(_cluster, _controller, link, dynamic, _logs, finder, _groups, _creation,
            new FetchSessions(settings.Requests.FetchSessionCacheSlots, host.Time, host.Random), new BrokerLoggers(host.Levels), host.Time);
        var limits = ConnectionLimits.Of(settings.Network);
        var counts = new ConnectionCounts(limits.ConnectionsMax, limits.ConnectionsPerHostMax);
        foreach (var listener in settings.Node.Listeners)
        {
            var endpoints = settings.Node.IsControllerListener(listener.Name) ? served.ForControllers : served.ForBrokers;
            var socket = host.Transport.Listen(listener.Host, listener.Port, settings.Network.ListenBacklog);
            _listeners.Add(new Net.Listener(socket, listener.Name, endpoints, limits, counts, host.Time, host.Logs, host.Fault, _stopping.Token));
        }
    }

    public string ClusterId => _directories.ClusterId;

    /// <summary>Where clients reach this node, as it advertises it: `PLAINTEXT://127.0.0.1:9092`.</summary>
    public IReadOnlyList<string> Listeners { get; private set; } = [];

    public int PartitionCount => _partitions.Count;

    /// <summary>From the call of <see cref="Start"/> until clients were let in.</summary>
    public TimeSpan StartedIn { get; private set; }

    /// <summary>Starts a node.</summary>
    /// <param name="settings">Its configuration.</param>
    /// <param name="host">The world that it lives in.</param>
    /// <param name="formatIfNeeded">Whether directories that hold nothing are formatted, with a cluster id of their own.</param>
    /// <exception cref="BrokerStartException">It can't start; the message says why and what to do.</exception>
    public static async Task<BrokerServer> Start(BrokerSettings settings, BrokerHost host, bool formatIfNeeded = false)
    {
        var begun = host.Time.GetTimestamp();
        if (settings.Node is not { IsBroker: true, IsController: true })
            throw new BrokerStartException("process.roles must be broker,controller: nodes that are one of the two alone need a cluster, which Ottla does not form yet.");
        var directories = NodeDirectories.Open(settings, host, formatIfNeeded);
        BrokerServer? server = null;
        try
        {
            server = new BrokerServer(settings, host, directories);
            await server.Join(settings, host).ConfigureAwait(false);
            server.StartedIn = host.Time.GetElapsedTime(begun);
            return server;
        }
        catch (Exception refused) when (refused is IOException or BrokerStartException)
        {
            if (server is not null) await server.DisposeAsync().ConfigureAwait(false);
            else directories.Dispose();
            throw refused as BrokerStartException ?? new BrokerStartException(refused.Message, refused);
        }
    }

    /// <summary>Stops cleanly: no new requests, offsets and logs on the disk, the mark of a clean stop last.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isStopped) return;
        _isStopped = true;
        await _stopping.CancelAsync().ConfigureAwait(false);
        // members that wait for a rebalance wait for minutes, and the listeners for them
        await _groups.Stop().ConfigureAwait(false);
        await Task.WhenAll(_listeners.Select(listener => listener.Stop())).ConfigureAwait(false);
        await Task.WhenAll(_accepting).ConfigureAwait(false);
        await _upkeep.Stop().ConfigureAwait(false);
        _assignments.Stop();
        _isrChecks.Dispose();
        _isrChanges.Stop();
        var epoch = _cluster.Image.Cluster.Broker(_cluster.Self)?.Epoch ?? BrokerEpoch.None;
        await _controller.Stop().ConfigureAwait(false);
        await _applier.CaughtUp().ConfigureAwait(false);
        await _fetchers.Stop().ConfigureAwait(false);
        _logs.Close(epoch);
        _directories.Dispose();
        _upkeep.Dispose();
        _stopping.Dispose();
    }

    private async Task Join(BrokerSettings settings, BrokerHost host)
    {
        var addresses = new AdvertisedAddresses(settings.Node, _listeners);
        _controller.Subscribe(_applier);
        var registered = await _controller.Start(new SelfRegistration
        {
            NodeId = settings.NodeId,
            ClusterId = ClusterId,
            IncarnationId = Uuid.Random(host.Random),
            BrokerEndpoints = addresses.OfBroker,
            ControllerEndpoints = addresses.OfController,
            Directories = OnlineDirectories(),
            Rack = settings.Node.Rack,
            PreviousEpoch = _logs.EpochAtCleanStop,
        }).ConfigureAwait(false);
        var problem = registered.Response?.ErrorCode ?? registered.Error;
        if (problem != ErrorCode.None) throw new BrokerStartException($"Node {settings.NodeId} can't be registered: {problem.ProtocolName()}.");
        await _applier.Ready.ConfigureAwait(false);
        _creation.WarnAtStart();
        Listeners = [.. addresses.OfBroker.Select(endpoint => $"{endpoint.Listener}://{endpoint.Host}:{endpoint.Port}")];
        foreach (var listener in _listeners) _accepting.Add(listener.Accept());
    }

    /// <summary>Of this run of the node, fenced or not.</summary>
    private BrokerEpoch OwnEpoch() => _cluster.Image.Cluster.Broker(_cluster.Self)?.Epoch ?? BrokerEpoch.None;

    /// <summary>The run of a broker that may be in an ISR.</summary>
    private BrokerEpoch RegisteredEpoch(int broker) =>
        _cluster.Image.Cluster.Broker(new(broker)) is { IsActive: true } registration ? registration.Epoch : BrokerEpoch.None;

    private List<Uuid> OnlineDirectories()
    {
        var online = new List<Uuid>();
        foreach (var directory in _logs.All)
        {
            if (directory.IsOnline) online.Add(directory.Id);
        }

        return online;
    }

    private void DirectoryFailed(DirectoryFailure failure, BrokerHost host)
    {
        if (failure.MustEnd)
        {
            host.Fault(new IOException($"{failure.Directory.Path} is lost, and this node can't go on without it: {failure.Directory.Cause?.Message}"));
            return;
        }

        var online = OnlineDirectories();
        var told = _controller.Run(controller => controller.Directories.ChangeOwnDirectories(online, null), Asker.Self("the failure of a log directory"));
        Unawaited.Watch(told, host.Fault);
    }

    private async Task<ErrorCode> AssignDirectories(AssignReplicasToDirsRequest request)
    {
        var asker = Asker.Self(nameof(AssignReplicasToDirsRequest));
        var answer = await _controller.Run(controller => controller.Directories.AssignReplicasToDirs(request), asker).ConfigureAwait(false);
        return answer.Response?.ErrorCode ?? answer.Error;
    }
}
