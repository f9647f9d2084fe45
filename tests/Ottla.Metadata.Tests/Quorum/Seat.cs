using System.Diagnostics.CodeAnalysis;
using Ottla.Metadata.Image;
using Ottla.Metadata.Log;
using Ottla.Metadata.Quorum;
using Ottla.Metadata.Service;
using Ottla.Network;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;
using Ottla.Runtime.Network;
using Ottla.Runtime.Platform;

namespace Ottla.Metadata.Tests.Quorum;

/// <summary>One node of a quorum in this process: a disk in memory, a listener, a service.</summary>
[SuppressMessage("Design", "CA1001", Justification = "It ends by Stop or Kill; what it owns is disposed there.")]
internal sealed class Seat : IMetadataSubscriber
{
    public const string Listener = "CONTROLLER";

    private readonly OsTransport _transport = new();
    private readonly IServerSocket _socket;
    private readonly Lock _gate = new();
    private readonly List<(Func<bool> Holds, TaskCompletionSource Done)> _awaited = [];
    private Exception? _fault;
    private QuorumListener? _listener;
    private QuorumLinks? _links;

    public Seat(int id, Disk? disk = null, bool isController = true)
    {
        Id = new BrokerId(id);
        Disk = disk ?? new Disk();
        IsController = isController;
        _socket = _transport.Listen("127.0.0.1", 0, 50);
        Endpoint = new VoterEndpoint(Listener, "127.0.0.1", _socket.Port);
    }

    public BrokerId Id { get; }

    public Disk Disk { get; }

    public bool IsController { get; }

    public VoterEndpoint Endpoint { get; }

    public ControllerService Service { get; private set; } = null!;

    public MetadataImage Image => Service.Image;

    public void Format(string cluster = "tests") => Assert.True(Disk.Format(request => request with
    {
        ClusterId = cluster, NodeId = Id, ControllerEndpoint = Endpoint,
    }).IsOk);

    public void Open(VoterSet voters, IReadOnlyList<VoterEndpoint>? bootstrap = null, MetadataLogLimits? limits = null, string cluster = "tests")
    {
        var timing = new QuorumSettings { ElectionTimeoutMs = 500, FetchTimeoutMs = 10_000 };
        _links = new QuorumLinks(new NetworkPlatform(_transport, TimeProvider.System, new Random(Id.Value), Fail), $"raft-client-{Id}", timing);
        Service = ControllerService.Open(new ControllerServiceOptions
        {
            Context = Disk.Context with { Time = TimeProvider.System },
            MetadataLogDir = Disk.Directory,
            Settings = Brain.Settings with { NodeId = Id, ClusterId = cluster },
            StaticVoters = voters,
            Random = new Random(Id.Value),
            Fault = Fail,
            Limits = limits ?? new MetadataLogLimits(),
            Local = new LocalReplica(new ReplicaKey(Id, new Uuid(9, (ulong)Id.Value)), Listener, IsController ? [Endpoint] : [], IsController)
            {
                ClusterId = cluster, Bootstrap = bootstrap ?? [],
            },
            Quorum = timing,
            Peers = _links,
            LeaderChanged = _ => Look(),
        });
        Service.Subscribe(this);
        _listener = new QuorumListener(_socket, new QuorumRequests(Service));
        Service.Start();
    }

    /// <summary>Waits until it is so; looked at whenever something was published or another leads.</summary>
    public Task Until(Func<Seat, bool> holds)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_fault is not null) throw _fault;
            _awaited.Add((() => holds(this), done));
        }

        Look();
        return done.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public Task UntilLedBy(params BrokerId[] any) => Until(seat => any.Contains(seat.Service.Leader.Id));

    public async Task Create(string name)
    {
        var request = new CreateTopicsRequest { Topics = [new() { Name = name, NumPartitions = 1, ReplicationFactor = 1 }] };
        var answer = await Service.Run(controller => controller.Topics.CreateTopics(request), Asker.Self("a test"));
        Assert.Equal(ErrorCode.None, answer.Error);
        Assert.Equal(ErrorCode.None, answer.Response!.Topics[0].ErrorCode);
    }

    /// <summary>Registers a broker, so that topics have a place.</summary>
    public async Task RegisterBroker()
    {
        var self = new SelfRegistration
        {
            NodeId = Id,
            ClusterId = "tests",
            IncarnationId = new Uuid(3, 3),
            BrokerEndpoints = [new NodeEndpoint("PLAINTEXT", "localhost", 9092, 0)],
            ControllerEndpoints = [],
            Directories = [Brain.Directory],
        };
        var answer = await Service.Run(controller => controller.Brokers.RegisterSelf(self.ToBroker()), Asker.Self("a test"));
        Assert.Equal((ErrorCode.None, ErrorCode.None), (answer.Error, answer.Response?.ErrorCode));
    }

    /// <summary>As a process that was killed: its port is closed, its connections end, and nobody hears of it.</summary>
    public void Kill()
    {
        _listener!.Dispose();
        _links!.Dispose();
    }

    public async Task Stop()
    {
        await Service.Stop();
        Kill();
        _transport.Dispose();
    }

    public void Publish(MetadataImage old, MetadataImage image, MetadataDelta delta) => Look();

    /// <summary>An exception on a loop: whoever waits for this node is told.</summary>
    private void Fail(Exception fault)
    {
        lock (_gate)
        {
            _fault ??= fault;
            _awaited.ForEach(one => one.Done.TrySetException(fault));
        }
    }

    private void Look()
    {
        lock (_gate)
        {
            foreach (var (holds, done) in _awaited)
            {
                if (Service is not null && holds()) done.TrySetResult();
            }

            _awaited.RemoveAll(one => one.Done.Task.IsCompleted);
        }
    }
}
