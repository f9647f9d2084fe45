using Microsoft.Extensions.Logging;
using Ottla.Broker.Cluster.Controllers;
using Ottla.Broker.Cluster.Forwarding;
using Ottla.Broker.Cluster.Lifecycle;
using Ottla.Broker.Cluster.Suspicions;
using Ottla.Configuration.Settings;
using Ottla.Metadata.Features;
using Ottla.Metadata.Image;
using Ottla.Metadata.Service;
using Ottla.Network;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster;

/// <summary>What makes a node one of several: who leads the quorum, the ways to it, its registrations, whom it watches.</summary>
/// <remarks>
/// Made by the composition root for every node, whatever its roles; what only a broker or only a controller has is there for it alone. Any
/// thread. It hears of the quorum's leader (<see cref="LeaderIs"/>) and of committed metadata (<see cref="Publish"/>) and hands both on.
/// </remarks>
internal sealed class ClusterMember : IMetadataSubscriber, IDisposable
{
    private readonly BrokerSettings _settings;
    private readonly BrokerHost _host;
    private readonly NetworkPlatform _platform;
    private readonly Watchman _watchman;
    private readonly Coroner? _coroner;
    private readonly LocalController? _local;
    private readonly ControllerChannel _forwarded;
    private readonly PublishedMetadata _committed;
    private ControllerEnrolment? _enrolment;
    private int _stopping;

    /// <param name="settings">The node's.</param>
    /// <param name="host">The world.</param>
    /// <param name="reached">Completes when this broker has acted on all of the metadata log below.</param>
    /// <param name="local">This node's controller; null where it is a broker alone.</param>
    /// <param name="fence">Asks this node's controller to fence that epoch of a broker; null where it is a broker alone.</param>
    public ClusterMember(BrokerSettings settings, BrokerHost host, Func<Offset, Task> reached, LocalController? local, Func<BrokerId, BrokerEpoch, Task>? fence)
    {
        (_settings, _host, _local) = (settings, host, local);
        _platform = new NetworkPlatform(host.Transport, host.Time, host.Random, host.Fault);
        _committed = new PublishedMetadata("", settings.NodeId);
        Active = new ActiveController();
        _forwarded = Channel("forwarded requests");
        Own = Channel("requests of this broker");
        Forwarder = new Forwarder(_forwarded);
        Remote = new RemoteController(Forwarder, Own, reached, host.Time);
        _watchman = new Watchman(settings.NodeId, _platform, host.Fault);
        if (fence is null) return;
        _coroner = new Coroner(settings.NodeId, fence, host.Time, host.Logs.CreateLogger(nameof(Coroner)), host.Fault);
        _watchman.Found += _coroner.Found;
    }

    /// <summary>Who leads the quorum, as this node's replica of the metadata log has heard.</summary>
    public ActiveController Active { get; }

    /// <summary>For what only the controller answers, where this node does not lead.</summary>
    public RemoteController Remote { get; }

    public Forwarder Forwarder { get; }

    /// <summary>AlterPartition and AssignReplicasToDirs, which must not wait behind clients' requests, nor heartbeats behind
    /// them.</summary>
    public ControllerChannel Own { get; }

    /// <summary>This node's broker in the cluster; null before <see cref="JoinAsBroker"/>.</summary>
    public BrokerMembership? Broker { get; private set; }

    /// <summary>The process of the controller that leads is dead, as this node has found out by itself; for the quorum.</summary>
    public event Action<BrokerId>? ControllerDied;

    /// <summary>Begins the broker's life: it registers as soon as a controller leads.</summary>
    /// <param name="endpoints">Where clients and other brokers reach it.</param>
    /// <param name="directories">The ids of the log directories that are online.</param>
    /// <param name="cordoned">Those of them that take no new replicas.</param>
    /// <param name="epochAtCleanStop">What the mark of a clean stop carries.</param>
    /// <param name="clusterId">Of the directories.</param>
    /// <param name="mustEnd">Ends the node; gets the message for the user.</param>
    public BrokerMembership JoinAsBroker(
        IReadOnlyList<NodeEndpoint> endpoints, IReadOnlyList<Uuid> directories, IReadOnlyList<Uuid> cordoned, BrokerEpoch epochAtCleanStop, string clusterId,
        Action<string> mustEnd)
    {
        var settings = new LifecycleSettings
        {
            Registration = new BrokerRegistrationRequest
            {
                BrokerId = _settings.NodeId.Value,
                ClusterId = clusterId,
                IncarnationId = Uuid.Random(_host.Random),
                Listeners = [.. endpoints.Select(e => new BrokerRegistrationRequest.Listener
                    { Name = e.Listener, Host = e.Host, Port = (ushort)e.Port, SecurityProtocol = e.SecurityProtocol })],
                Features = [.. FeatureCatalog.Supported.Select(f => new BrokerRegistrationRequest.Feature
                    { Name = f.Name, MinSupportedVersion = f.Levels.Min, MaxSupportedVersion = f.Levels.Max })],
                Rack = _settings.Node.Rack,
            },
            Directories = directories,
            Cordoned = cordoned,
            EpochAtCleanStop = epochAtCleanStop,
            HeartbeatIntervalMs = _settings.Registration.HeartbeatIntervalMs,
            SessionTimeoutMs = _settings.Registration.SessionTimeoutMs,
            RegistrationTimeoutMs = _settings.Registration.InitialTimeoutMs,
            AsksBeforeStopping = _settings.Registration.ControlledShutdownEnable,
            DirectoryFailureTimeoutMs = _settings.Log.DirFailureTimeoutMs,
        };
        Broker = new BrokerMembership(settings, Active, Channel("heartbeats"), _host.Time, _host.Logs.CreateLogger(nameof(BrokerMembership)), mustEnd, _host.Fault);
        _watchman.FindingsChanged += Broker.Found;
        Broker.Start();
        return Broker;
    }

    /// <summary>Keeps this node's controller registered.</summary>
    public void JoinAsController(IReadOnlyList<NodeEndpoint> endpoints)
    {
        var self = new ControllerRegistrationRequest
        {
            ControllerId = _settings.NodeId.Value,
            IncarnationId = Uuid.Random(_host.Random),
            Listeners = [.. endpoints.Select(e => new ControllerRegistrationRequest.Listener
                { Name = e.Listener, Host = e.Host, Port = (ushort)e.Port, SecurityProtocol = e.SecurityProtocol })],
            Features = [.. FeatureCatalog.Supported.Select(f => new ControllerRegistrationRequest.Feature
                { Name = f.Name, MinSupportedVersion = f.Levels.Min, MaxSupportedVersion = f.Levels.Max })],
        };
        _enrolment = new ControllerEnrolment(self, Channel("controller registration"), image => image.Features.VersionOrMinimum.ControllersRegister, _platform,
            _host.Logs.CreateLogger(nameof(ControllerEnrolment)), _host.Fault);
        _enrolment.Published(_committed.Image);
        _watchman.Found += TellDeath;
    }

    /// <summary>Somebody else leads the quorum than before, or nobody does; null where its address is not known.</summary>
    public void LeaderIs(BrokerId leader, LeaderEpoch epoch, NodeAddress? address)
    {
        var isSelf = leader == _settings.NodeId;
        Active.Set(leader == BrokerId.None || (address is null && !isSelf) ? null : new ControllerSeat(leader, epoch, address ?? default, isSelf));
        _coroner?.Preside(isSelf);
        // a voter watches the leader as long as it has not found out that it is dead; a broker waits for what the voters do
        if (_coroner is not null && leader != BrokerId.None && !isSelf && address is { } place)
            _watchman.WatchControllers([new Target(Duty.Controller, leader, epoch.Value, place)]);
        else
            _watchman.WatchControllers([]);
    }

    /// <summary>A heartbeat that this node's controller accepted.</summary>
    public void Heard(BrokerHeartbeatRequest request, CancellationToken line) =>
        _coroner?.Heard(new BrokerId(request.BrokerId), new BrokerEpoch(request.BrokerEpoch), Findings.Read(request.UnknownTags), line);

    /// <summary>This broker has acted on all of an image.</summary>
    public void Applied(MetadataImage image)
    {
        var stopping = image.Cluster.Brokers.Values.Count(broker => broker.InControlledShutdown && broker.Id != _settings.NodeId);
        Broker?.Applied(image.Provenance.EndOffset, isAwaited: stopping > Interlocked.Exchange(ref _stopping, stopping));
    }

    /// <summary>Completes when all of the metadata log below is committed as far as this node knows.</summary>
    public Task Committed(Offset end) => _committed.Reached(end);

    public void Publish(MetadataImage old, MetadataImage image, MetadataDelta delta)
    {
        _committed.Publish(image);
        _enrolment?.Published(image);
        if (ReferenceEquals(old.Cluster, image.Cluster)) return;
        var active = image.Cluster.Brokers.Values.Where(broker => !broker.Fenced).ToList();
        _coroner?.Brokers([.. active.Select(broker => (broker.Id, broker.Epoch))]);
        _watchman.WatchBrokers([.. active.Where(broker => broker.Id != _settings.NodeId).Select(TargetOf).OfType<Target>()]);
    }

    public void Dispose()
    {
        Broker?.Dispose();
        _enrolment?.Dispose();
        _watchman.Dispose();
        _coroner?.Dispose();
        _forwarded.Dispose();
        Own.Dispose();
    }

    private Target? TargetOf(BrokerRegistration broker) =>
        (broker.Endpoint(_settings.Node.InterBrokerListenerName) ?? (broker.Endpoints.Count > 0 ? broker.Endpoints[0] : null)) is { } endpoint
            ? new Target(Duty.Broker, broker.Id, broker.Epoch.Value, new NodeAddress(endpoint.Host, endpoint.Port))
            : null;

    private void TellDeath(Target target, Finding finding)
    {
        if (target.Duty == Duty.Controller && finding == Finding.Refused) ControllerDied?.Invoke(target.Id);
    }

    private ControllerChannel Channel(string purpose) => new(
        purpose, _settings.NodeId, Active, _local,
        [.. _settings.Node.Voters.Select(voter => new NodeAddress(voter.Host, voter.Port)), .. _settings.Node.BootstrapServers.Select(at => new NodeAddress(at.Host, at.Port))],
        _platform, _host.Logs.CreateLogger(nameof(ControllerChannel)));
}
