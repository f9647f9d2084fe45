using Microsoft.Extensions.Logging;
using Ottla.Broker.Cluster;
using Ottla.Broker.Cluster.Controllers;
using Ottla.Broker.Net;
using Ottla.Configuration.Settings;
using Ottla.Metadata.Quorum;
using Ottla.Metadata.Service;
using Ottla.Network;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Messages;

namespace Ottla.Broker;

/// <summary>A node, broker or controller or both: opens its data, takes part in the quorum, serves its listeners.</summary>
/// <remarks>
/// The composition root of this room: every part is made here and handed to those that use it; there are no statics, so several nodes live
/// side by side in one process.
/// Order of the start: lock and read the directories, bind the sockets (a port that is taken is said before anything is written), take part
/// in the quorum, register, open the partitions, let clients in. Order of the stop is the reverse, after the controller has taken the
/// leaders away.
/// A node that is both and votes alone asks nobody: it leads, registers itself and unfences itself with one flush. Every other one
/// registers, catches up and is unfenced like any broker, whether the controller that it asks is its own or not.
/// </remarks>
public sealed partial class BrokerServer : IAsyncDisposable
{
    private readonly BrokerSettings _settings;
    private readonly BrokerHost _host;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _mustEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NodeDirectories _directories;
    private readonly QuorumPlace _place;
    private readonly ControllerService _controller;
    private readonly ClusterMember? _member;
    private readonly BrokerRole? _broker;
    private readonly PublishedMetadata _cluster;
    private readonly DynamicSettings _dynamic;
    private readonly RequestMemory _requestMemory;
    private readonly List<Net.Listener> _forClients = [];
    private readonly List<Net.Listener> _forControllers = [];
    private bool _isStopped;

    private BrokerServer(BrokerSettings settings, BrokerHost host, NodeDirectories directories)
    {
        (_settings, _host, _directories) = (settings, host, directories);
        var node = settings.Node;
        _place = QuorumPlace.Of(settings, host, ClusterId, directories.MetadataDirectoryId);
        _controller = directories.OpenController(settings, host, _place, LeaderIs);
        _cluster = new PublishedMetadata(ClusterId, settings.NodeId);
        _dynamic = new DynamicSettings(settings);
        var loggers = new BrokerLoggers(host.Levels);
        var local = node.IsController ? new LocalController(node.ControllerListenerNames[0], _stopping.Token) : null;
        if (!(node is { IsBroker: true, IsController: true } && _controller.IsSoleVoter))
            _member = new ClusterMember(settings, host, _cluster.Reached, local, node.IsController ? Fence : null);
        if (node.IsBroker) _broker = new BrokerRole(settings, host, directories, _cluster, _dynamic, loggers, _controller, _member, _stopping.Token);
        var controllers = node.IsController
            ? new ControllerApis(
                _cluster, _controller, _dynamic, loggers, new QuorumRequests(_controller), () => _controller.Leader.Id,
                (heartbeat, line) => _member?.Heard(heartbeat, line)).Endpoints
            : null;
        if (controllers is not null) local!.Serve(controllers);
        var connectionsMax = ConnectionLimits.ConnectionsFor(host.OpenFilesMax);
        var log = host.Logs.CreateLogger(nameof(BrokerServer));
        if (connectionsMax < settings.Network.MaxConnections) LogConnections(log, connectionsMax, host.OpenFilesMax);
        _requestMemory = new RequestMemory(ConnectionLimits.RequestBytesMax(settings.Network), host.Time, log);
        var limits = ConnectionLimits.Of(settings.Network, connectionsMax, _requestMemory);
        var counts = new ConnectionCounts(limits.ConnectionsMax, limits.ConnectionsPerHostMax);
        try
        {
            foreach (var listener in node.Listeners)
            {
                var isController = node.IsControllerListener(listener.Name);
                var endpoints = isController ? controllers! : _broker!.Served.ForBrokers;
                var socket = host.Transport.Listen(listener.Host, listener.Port, settings.Network.ListenBacklog);
                (isController ? _forControllers : _forClients).Add(
                    new Net.Listener(socket, listener.Name, endpoints, limits, counts, host.Time, host.Logs, host.Fault, _stopping.Token));
            }
        }
        catch (IOException)
        {
            // one that could not be had: the others are free again, for whoever mends the configuration and starts anew in this process
            foreach (var listener in (List<Net.Listener>)[.. _forClients, .. _forControllers]) listener.Dispose();
            throw;
        }
    }

    public string ClusterId => _directories.ClusterId;

    /// <summary>Where clients reach this node, as it advertises it: `PLAINTEXT://127.0.0.1:9092`. A controller alone: where tools
    /// do.</summary>
    public IReadOnlyList<string> Listeners { get; private set; } = [];

    public int PartitionCount => _broker?.PartitionCount ?? 0;

    /// <summary>From the call of <see cref="Start"/> until clients were let in.</summary>
    public TimeSpan StartedIn { get; private set; }

    /// <summary>Starts a node. As one of several it waits until a quorum can be reached, however long that takes.</summary>
    /// <param name="settings">Its configuration.</param>
    /// <param name="host">The world that it lives in.</param>
    /// <param name="formatIfNeeded">Whether directories that hold nothing are formatted, with a cluster id of their own.</param>
    /// <param name="cancellation">The node is to stop before it has started.</param>
    /// <exception cref="BrokerStartException">It can't start; the message says why and what to do.</exception>
    /// <exception cref="OperationCanceledException">It was stopped before.</exception>
    public static async Task<BrokerServer> Start(BrokerSettings settings, BrokerHost host, bool formatIfNeeded = false, CancellationToken cancellation = default)
    {
        var begun = host.Time.GetTimestamp();
        var directories = NodeDirectories.Open(settings, host, formatIfNeeded);
        BrokerServer? server = null;
        try
        {
            server = new BrokerServer(settings, host, directories);
            await server.Join(cancellation).ConfigureAwait(false);
            server.StartedIn = host.Time.GetElapsedTime(begun);
            return server;
        }
        catch (Exception refused) when (refused is IOException or BrokerStartException or OperationCanceledException)
        {
            if (server is not null) await server.DisposeAsync().ConfigureAwait(false);
            else directories.Dispose();
            if (refused is BrokerStartException or OperationCanceledException) throw;
            throw new BrokerStartException(refused.Message, refused);
        }
    }

    /// <summary>Stops cleanly: leaders handed on, no new requests, offsets and logs on the disk, the mark of a clean stop last.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isStopped) return;
        _isStopped = true;
        if (_member?.Broker is { } membership) await membership.Stop().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_broker is not null) await _broker.StopGroups().ConfigureAwait(false);
        await Task.WhenAll(_forClients.Select(listener => listener.Stop())).ConfigureAwait(false);
        if (_broker is not null) await _broker.StopWork().ConfigureAwait(false);
        _member?.Dispose();
        // a leader hands its office over, for which the others have to reach it
        await _controller.Stop().ConfigureAwait(false);
        await Task.WhenAll(_forControllers.Select(listener => listener.Stop())).ConfigureAwait(false);
        if (_broker is not null) await _broker.Close().ConfigureAwait(false);
        _place.Peers.Dispose();
        _directories.Dispose();
        _requestMemory.Dispose();
        _stopping.Dispose();
    }

    private async Task Join(CancellationToken cancellation)
    {
        var addresses = new AdvertisedAddresses(_settings.Node, [.. _forClients, .. _forControllers]);
        if (_member is null) await JoinAlone(addresses).ConfigureAwait(false);
        else await JoinOthers(_member, addresses, cancellation).ConfigureAwait(false);
        _broker?.WarnAtStart();
        var told = _broker is null ? addresses.OfController : addresses.OfBroker;
        Listeners = [.. told.Select(endpoint => $"{endpoint.Listener}://{endpoint.Host}:{endpoint.Port}")];
        Accept(_forClients);
        if (_member is null) Accept(_forControllers);
    }

    private async Task JoinAlone(AdvertisedAddresses addresses)
    {
        Invariant.That(_broker is not null);
        _controller.Subscribe(_broker.Applier);
        var registered = await _controller.Start(new SelfRegistration
        {
            NodeId = _settings.NodeId,
            ClusterId = ClusterId,
            IncarnationId = Uuid.Random(_host.Random),
            BrokerEndpoints = addresses.OfBroker,
            ControllerEndpoints = addresses.OfController,
            Directories = _broker.OnlineDirectories,
            Rack = _settings.Node.Rack,
            PreviousEpoch = _broker.EpochAtCleanStop,
        }).ConfigureAwait(false);
        var problem = registered.Response?.ErrorCode ?? registered.Error;
        if (problem != ErrorCode.None) throw new BrokerStartException($"Node {_settings.NodeId} can't be registered: {problem.ProtocolName()}.");
        await _broker.Ready.ConfigureAwait(false);
    }

    /// <summary>As one of several. What the metadata say is made true only once they hold this broker's own registration: an older image
    /// may lack topics, whose logs would be set aside.</summary>
    private async Task JoinOthers(ClusterMember member, AdvertisedAddresses addresses, CancellationToken cancellation)
    {
        member.ControllerDied += _controller.ConfirmedDead;
        if (_broker is null) _controller.Subscribe(new CommittedSettings(_cluster, _dynamic));
        _controller.Subscribe(member);
        Accept(_forControllers);
        if (_settings.Node.IsController) member.JoinAsController(addresses.OfController);
        _controller.Start();
        if (_broker is null) return;
        var membership = member.JoinAsBroker(
            addresses.OfBroker, _broker.OnlineDirectories, _broker.CordonedDirectories, _broker.EpochAtCleanStop, ClusterId, MustEnd);
        await Step(membership.Registered, cancellation).ConfigureAwait(false);
        await Step(member.Committed(new Offset(membership.Epoch.Value + 1)), cancellation).ConfigureAwait(false);
        _controller.Subscribe(_broker.Applier);
        await Step(_broker.Ready, cancellation).ConfigureAwait(false);
        membership.Ready();
        await Step(membership.Unfenced, cancellation).ConfigureAwait(false);
    }

    /// <summary>Waits for a step of the start, or for what makes it vain.</summary>
    private async Task Step(Task step, CancellationToken cancellation)
    {
        await Task.WhenAny(step, _mustEnd.Task).WaitAsync(cancellation).ConfigureAwait(false);
        await (_mustEnd.Task.IsCompleted ? _mustEnd.Task : step).ConfigureAwait(false);
    }

    /// <summary>This node can't be part of the cluster: the start fails, or the process ends.</summary>
    private void MustEnd(string why)
    {
        var message = new BrokerStartException(why);
        if (StartedIn == TimeSpan.Zero) _mustEnd.TrySetException(message);
        else _host.Fault(message);
    }

    private void LeaderIs(LeaderHint leader) =>
        _member?.LeaderIs(leader.Id, leader.Epoch, leader.Endpoint is { } at ? new NodeAddress(at.Host, at.Port) : null);

    private async Task Fence(BrokerId id, BrokerEpoch epoch) =>
        await _controller.Run(controller => controller.Heartbeats.FenceDead(id, epoch), Asker.Self("the death of a broker")).ConfigureAwait(false);

    private static void Accept(List<Net.Listener> listeners)
    {
        foreach (var listener in listeners) listener.Begin();
    }

    [LoggerMessage(EventId = 1000, Level = LogLevel.Information, Message =
        "Up to {Connections} connections: the system lets this process have {Files} files open (ulimit -n), and the log keeps its share of them")]
    private static partial void LogConnections(ILogger logger, int connections, int files);
}
