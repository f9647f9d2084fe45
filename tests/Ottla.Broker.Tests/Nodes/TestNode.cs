using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Ottla.Configuration.Settings;
using Ottla.Configuration.Sources;
using Ottla.Runtime.Files;
using Ottla.Runtime.Logging;
using Ottla.Runtime.Network;
using Ottla.Runtime.Platform;

namespace Ottla.Broker.Tests.Nodes;

/// <summary>A whole node in this process: listeners on free ports of the loopback, data on a disk in memory unless the test brings
/// another.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private readonly BrokerServer _server;
    private readonly LogSink _logs;
    private readonly Lines _lines;

    private readonly Sockets _sockets;

    private TestNode(BrokerServer server, Sockets sockets, LogSink logs, Lines lines, ConcurrentQueue<Exception> faults) =>
        (_server, _sockets, _logs, _lines, Faults) = (server, sockets, logs, lines, faults);

    public string ClusterId => _server.ClusterId;

    public int Port => int.Parse(_server.Listeners[0].Split(':')[^1]);

    /// <summary>The port of the controllers' listener, the second of two.</summary>
    public int ControllerPort => _sockets.Ports[1];

    /// <summary>What would have ended the process; a test that brings one about takes it out.</summary>
    public ConcurrentQueue<Exception> Faults { get; }

    public static Task<TestNode> Start(params (string Name, string Value)[] configs) => Start(new MemoryFileSystem(), configs);

    public static async Task<TestNode> Start(IFileSystem files, params (string Name, string Value)[] configs)
    {
        var lines = new Lines();
        var logs = new LogSink(TimeProvider.System, LogLevel.Information, lines);
        var faults = new ConcurrentQueue<Exception>();
        var sockets = new Sockets();
        var host = new BrokerHost(files, sockets, TimeProvider.System, new Random(), logs, faults.Enqueue) { Levels = logs.Levels };
        var server = await BrokerServer.Start(Settings(configs), host, formatIfNeeded: true).WaitAsync(Patience.Long);
        return new TestNode(server, sockets, logs, lines, faults);
    }

    public Task<WireClient> Connect() => WireClient.Connect(Port);

    /// <summary>What the node has logged so far.</summary>
    public string Logged()
    {
        _logs.Dispose();
        return _lines.Text;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync().AsTask().WaitAsync(Patience.Long);
        _sockets.Dispose();
        Assert.Empty(Faults);
        Assert.False(Logged().Contains("failed inside", StringComparison.Ordinal), Logged());
    }

    /// <summary>Ends a node whose disk was pulled away under it: whatever it says about that is its right.</summary>
    public async Task Abandon() => await Record.ExceptionAsync(() => _server.DisposeAsync().AsTask().WaitAsync(Patience.Long));

    private static BrokerSettings Settings((string Name, string Value)[] configs)
    {
        var all = new Dictionary<string, string>
        {
            ["process.roles"] = "broker,controller",
            ["node.id"] = "1",
            ["listeners"] = "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0",
            ["controller.listener.names"] = "CONTROLLER",
            ["log.dirs"] = "/data",
            ["offsets.topic.num.partitions"] = "2",
            ["offsets.topic.replication.factor"] = "1",
            ["group.initial.rebalance.delay.ms"] = "0",
        };
        foreach (var (name, value) in configs) all[name] = value;
        // nobody connects there: the node is its own quorum
        all["controller.quorum.voters"] = $"{all["node.id"]}@127.0.0.1:9";
        var loaded = BrokerSettings.Load(StaticConfig.Of(all.Select(config => (config.Key, config.Value))));
        Assert.Empty(loaded.Errors);
        return loaded.Settings!;
    }

    /// <summary>The system's sockets, and which ports they got.</summary>
    private sealed class Sockets : ITransport, IDisposable
    {
        private readonly OsTransport _system = new();

        public List<int> Ports { get; } = [];

        public void Dispose() => _system.Dispose();

        public IServerSocket Listen(string host, int port, int backlog)
        {
            var socket = _system.Listen(host, port, backlog);
            Ports.Add(socket.Port);
            return socket;
        }

        public ValueTask<IByteStream> Connect(string host, int port, CancellationToken cancellation) => _system.Connect(host, port, cancellation);
    }

    private sealed class Lines : ILogOutput
    {
        private readonly StringBuilder _text = new();

        public string Text
        {
            get
            {
                lock (_text) return _text.ToString();
            }
        }

        public void Write(ReadOnlySpan<byte> lines)
        {
            lock (_text) _text.Append(Encoding.UTF8.GetString(lines));
        }
    }
}

/// <summary>How long a test waits for what must come; it is never waited for in vain where all is well.</summary>
internal static class Patience
{
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    /// <summary>Looks again and again until it is so.</summary>
    public static async Task Until(Func<bool> isSo)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Long, "it has not come to pass");
            await Task.Yield();
        }
    }

    /// <summary>Asks again and again until the answer is as wished; returns it.</summary>
    public static async Task<T> Until<T>(Func<Task<T>> ask, Func<T, bool> isSo)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await ask();
            if (isSo(answer)) return answer;
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Long, "it has not come to pass");
        }
    }
}
