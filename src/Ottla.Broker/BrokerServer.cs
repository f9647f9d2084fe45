using Microsoft.Extensions.Logging;
using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Configuration.Settings;
using Ottla.Metadata.Service;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker;

/// <summary>A node, broker and controller in one: opens its data, leads its partitions, serves its listeners.</summary>
/// <remarks>
/// The composition root of this room: every part is made here and handed to those that use it; there are no statics, so several nodes live
/// side by side in one process.
/// Order of the start: lock and read the directories, bind the sockets (a port that is taken is said before anything is written), lead the
/// metadata log and register, open the partitions, accept. Order of the stop is the reverse.
/// </remarks>
public sealed partial class BrokerServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly NodeDirectories _directories;
    private readonly ControllerService _controller;
    private readonly BrokerRole _broker;
    private readonly PublishedMetadata _cluster;
    private readonly RequestMemory _requestMemory;
    private readonly List<Net.Listener> _listeners = [];
    private bool _isStopped;

    private BrokerServer(BrokerSettings settings, BrokerHost host, NodeDirectories directories)
    {
        _directories = directories;
        _controller = directories.OpenController(settings, host);
        _cluster = new PublishedMetadata(directories.ClusterId, settings.NodeId);
        _broker = new BrokerRole(
            settings, host, directories, _cluster, new DynamicSettings(settings), new BrokerLoggers(host.Levels), _controller, null, _stopping.Token);
        var connectionsMax = ConnectionLimits.ConnectionsFor(host.OpenFilesMax);
        var log = host.Logs.CreateLogger(nameof(BrokerServer));
        if (connectionsMax < settings.Network.MaxConnections) LogConnections(log, connectionsMax, host.OpenFilesMax);
        _requestMemory = new RequestMemory(ConnectionLimits.RequestBytesMax(settings.Network), host.Time, log);
        var limits = ConnectionLimits.Of(settings.Network, connectionsMax, _requestMemory);
        var counts = new ConnectionCounts(limits.ConnectionsMax, limits.ConnectionsPerHostMax);
        try
        {
            foreach (var listener in settings.Node.Listeners)
            {
                var endpoints = settings.Node.IsControllerListener(listener.Name) ? _broker.Served.ForControllers : _broker.Served.ForBrokers;
                var socket = host.Transport.Listen(listener.Host, listener.Port, settings.Network.ListenBacklog);
                _listeners.Add(new Net.Listener(socket, listener.Name, endpoints, limits, counts, host.Time, host.Logs, host.Fault, _stopping.Token));
            }
        }
        catch (IOException)
        {
            // one that could not be had: the others are free again, for whoever mends the configuration and starts anew in this process
            foreach (var listener in _listeners) listener.Dispose();
            throw;
        }
    }

    public string ClusterId => _directories.ClusterId;

    /// <summary>Where clients reach this node, as it advertises it: `PLAINTEXT://127.0.0.1:9092`.</summary>
    public IReadOnlyList<string> Listeners { get; private set; } = [];

    public int PartitionCount => _broker.PartitionCount;

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
        await _broker.StopGroups().ConfigureAwait(false);
        await Task.WhenAll(_listeners.Select(listener => listener.Stop())).ConfigureAwait(false);
        await _broker.StopWork().ConfigureAwait(false);
        await _controller.Stop().ConfigureAwait(false);
        await _broker.Close().ConfigureAwait(false);
        _directories.Dispose();
        _requestMemory.Dispose();
        _stopping.Dispose();
    }

    private async Task Join(BrokerSettings settings, BrokerHost host)
    {
        var addresses = new AdvertisedAddresses(settings.Node, _listeners);
        _controller.Subscribe(_broker.Applier);
        var registered = await _controller.Start(new SelfRegistration
        {
            NodeId = settings.NodeId,
            ClusterId = ClusterId,
            IncarnationId = Uuid.Random(host.Random),
            BrokerEndpoints = addresses.OfBroker,
            ControllerEndpoints = addresses.OfController,
            Directories = _broker.OnlineDirectories,
            Rack = settings.Node.Rack,
            PreviousEpoch = _broker.EpochAtCleanStop,
        }).ConfigureAwait(false);
        var problem = registered.Response?.ErrorCode ?? registered.Error;
        if (problem != ErrorCode.None) throw new BrokerStartException($"Node {settings.NodeId} can't be registered: {problem.ProtocolName()}.");
        await _broker.Ready.ConfigureAwait(false);
        _broker.WarnAtStart();
        Listeners = [.. addresses.OfBroker.Select(endpoint => $"{endpoint.Listener}://{endpoint.Host}:{endpoint.Port}")];
        foreach (var listener in _listeners) listener.Begin();
    }

    [LoggerMessage(EventId = 1000, Level = LogLevel.Information, Message =
        "Up to {Connections} connections: the system lets this process have {Files} files open (ulimit -n), and the log keeps its share of them")]
    private static partial void LogConnections(ILogger logger, int connections, int files);
}
