using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Configuration.Settings;
using Ottla.Configuration.Sources;
using Ottla.Metadata.Formatting;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using Ottla.Runtime.Loops;
using Ottla.Runtime.Network;
using Ottla.Runtime.Platform;

namespace Ottla.Broker.Tests.Nodes;

/// <summary>Several nodes in this process, each with a disk in memory and sockets of its own.</summary>
/// <remarks>A node that is killed loses its sockets at once, as the system takes them from a process that dies; what its loops still do
/// reaches nobody.</remarks>
internal sealed class TestCluster : IAsyncDisposable
{
    private const string ClusterId = "abcdefghijklmnopqrstuv";

    private readonly Dictionary<int, Node> _nodes = [];
    private readonly Dictionary<int, MemoryFileSystem> _disks = [];
    private readonly Dictionary<int, int> _controllerPorts = [];
    private readonly Dictionary<int, string> _roles;
    private readonly (string Name, string Value)[] _configs;

    private TestCluster(Dictionary<int, string> roles, (string Name, string Value)[] configs) => (_roles, _configs) = (roles, configs);

    public ConcurrentQueue<Exception> Faults { get; } = [];

    /// <summary>Starts nodes 1 and on, each with these roles.</summary>
    public static async Task<TestCluster> Start(string[] roles, params (string Name, string Value)[] configs)
    {
        var cluster = new TestCluster(roles.Index().ToDictionary(role => role.Index + 1, role => role.Item), configs);
        using (var system = new OsTransport(polls: false))
        {
            var taken = new List<IServerSocket>();
            foreach (var (id, role) in cluster._roles)
            {
                if (!role.Contains("controller")) continue;
                taken.Add(system.Listen("127.0.0.1", 0, 1));
                cluster._controllerPorts[id] = taken[^1].Port;
            }

            taken.ForEach(socket => socket.Dispose());
        }

        foreach (var id in cluster._roles.Keys) cluster.Format(id);
        await Task.WhenAll(cluster._roles.Keys.Select(cluster.Start)).WaitAsync(Patience.Long);
        return cluster;
    }

    public Task<WireClient> Connect(int id) => WireClient.Connect(int.Parse(_nodes[id].Server.Listeners[0].Split(':')[^1]));

    public Task<WireClient> ConnectToController(int id) => WireClient.Connect(_controllerPorts[id]);

    /// <summary>Completes when each of the other nodes has reached this one's broker: from then on its death is theirs to find out.</summary>
    public Task IsWatched(int id) => Patience.Until(() => _nodes[id].Sockets.Answered >= _roles.Count - 1);

    /// <summary>Takes a node's sockets away, as the system does with a process that is killed.</summary>
    public void Kill(int id) => _nodes[id].Sockets.Kill();

    public async Task Stop(int id)
    {
        var node = _nodes[id];
        _nodes.Remove(id);
        await node.DisposeAsync();
    }

    public async Task Start(int id)
    {
        var sockets = new MortalSockets();
        var host = new BrokerHost(_disks[id], sockets, TimeProvider.System, new Random(id), NullLoggerFactory.Instance, Faults.Enqueue);
        var node = new Node(await BrokerServer.Start(Settings(id), host), sockets);
        lock (_nodes) _nodes[id] = node;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_nodes.Values.Select(node => node.DisposeAsync().AsTask())).WaitAsync(Patience.Long);
        Assert.Empty(Faults);
    }

    private void Format(int id)
    {
        _disks[id] = new MemoryFileSystem();
        var outcome = StorageFormatter.Format(_disks[id], TimeProvider.System, new Random(id), new FormatRequest
        {
            ClusterId = ClusterId, NodeId = new BrokerId(id), LogDirs = ["/data"], MetadataLogDir = "/data", HasStaticVoters = true, IsOneOfSeveral = true,
            IsController = _roles[id].Contains("controller"),
        });
        Assert.Null(outcome.Error);
    }

    private BrokerSettings Settings(int id)
    {
        var listeners = new List<string>();
        if (_roles[id].Contains("broker")) listeners.Add("PLAINTEXT://127.0.0.1:0");
        if (_roles[id].Contains("controller")) listeners.Add($"CONTROLLER://127.0.0.1:{_controllerPorts[id]}");
        var all = new Dictionary<string, string>
        {
            ["process.roles"] = _roles[id],
            ["node.id"] = $"{id}",
            ["listeners"] = string.Join(',', listeners),
            ["controller.listener.names"] = "CONTROLLER",
            ["controller.quorum.voters"] = string.Join(',', _controllerPorts.Select(at => $"{at.Key}@127.0.0.1:{at.Value}")),
            ["log.dirs"] = "/data",
            ["group.initial.rebalance.delay.ms"] = "0",
        };
        foreach (var (name, value) in _configs) all[name] = value;
        var loaded = BrokerSettings.Load(StaticConfig.Of(all.Select(config => (config.Key, config.Value))));
        Assert.Empty(loaded.Errors);
        return loaded.Settings!;
    }

    private sealed record Node(BrokerServer Server, MortalSockets Sockets) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync().AsTask().WaitAsync(Patience.Long);
            Sockets.Dispose();
        }
    }

    /// <summary>The system's sockets, which can all be taken away at once.</summary>
    private sealed class MortalSockets : ITransport, IDisposable
    {
        private readonly OsTransport _system = new();
        private readonly ConcurrentBag<IServerSocket> _listening = [];
        private readonly ConcurrentBag<IByteStream> _open = [];
        private volatile bool _isDead;
        private int _answered;

        /// <summary>Connections to the first listener that something was sent to.</summary>
        public int Answered => Volatile.Read(ref _answered);

        public void Kill()
        {
            _isDead = true;
            foreach (var socket in _listening) socket.Dispose();
            foreach (var stream in _open) End(stream);
        }

        public void Dispose() => _system.Dispose();

        public IServerSocket Listen(string host, int port, int backlog)
        {
            var socket = new MortalServer(this, _system.Listen(host, port, backlog), isFirst: _listening.IsEmpty);
            _listening.Add(socket);
            return socket;
        }

        public async ValueTask<IByteStream> Connect(string host, int port, CancellationToken cancellation)
        {
            if (_isDead) throw new ConnectException(ConnectFault.Unreachable, "this node is dead");
            return Keep(await _system.Connect(host, port, cancellation));
        }

        private IByteStream Keep(IByteStream stream)
        {
            _open.Add(stream);
            if (_isDead) End(stream);
            return stream;
        }

        private static void End(IByteStream stream)
        {
            stream.Close();
            stream.Dispose();
        }

        private sealed class MortalServer(MortalSockets sockets, IServerSocket inner, bool isFirst) : IServerSocket
        {
            public int Port => inner.Port;

            public async ValueTask<IByteStream?> Accept()
            {
                if (await inner.Accept() is not { } stream) return null;
                return sockets.Keep(isFirst ? new Counted(sockets, stream) : stream);
            }

            public void Dispose() => inner.Dispose();
        }

        private sealed class Counted(MortalSockets sockets, IByteStream inner) : IByteStream
        {
            private int _sends;

            public string RemoteHost => inner.RemoteHost;

            public int RemotePort => inner.RemotePort;

            public Turn? Turn => inner.Turn;

            public CancellationToken PeerClosed => inner.PeerClosed;

            public long Moved => inner.Moved;

            public ValueTask<int> Receive(Memory<byte> buffer) => inner.Receive(buffer);

            public async ValueTask Send(ReadOnlyMemory<byte> bytes, bool more = false)
            {
                await inner.Send(bytes, more);
                if (Interlocked.Increment(ref _sends) == 1) Interlocked.Increment(ref sockets._answered);
            }

            public ValueTask SendFile(IStorageFile file, long position, int length) => inner.SendFile(file, position, length);

            public void Close() => inner.Close();

            public void Dispose() => inner.Dispose();
        }
    }
}
