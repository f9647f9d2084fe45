using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Broker;
using Ottla.Client.Settings;
using Ottla.Configuration.Settings;
using Ottla.Configuration.Sources;
using Ottla.Network;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;

namespace Ottla.Client.Tests.EndToEnd;

/// <summary>A real node in this process, on a disk in memory and a free port of the loopback.</summary>
public sealed class TestNode : IAsyncLifetime
{
    private readonly OsTransport _transport = new();
    private BrokerServer? _broker;

    public string Address { get; private set; } = "";

    public NetworkPlatform Platform => new(_transport, TimeProvider.System, new Random(1));

    public ClientOptions Options(params (string Name, string Value)[] more) => ClientOptions.From(Settings(more));

    public ClientSettings Settings(params (string Name, string Value)[] more)
    {
        var values = more.ToDictionary(setting => setting.Name, setting => setting.Value);
        values["bootstrap.servers"] = Address;
        return new ClientSettings(values);
    }

    public async ValueTask InitializeAsync()
    {
        var config = StaticConfig.Of(
            ("process.roles", "broker,controller"), ("node.id", "1"), ("controller.quorum.voters", "1@127.0.0.1:9093"),
                ("controller.listener.names", "CONTROLLER"),
            ("listeners", "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0"), ("log.dirs", "/data"),
                ("offsets.topic.replication.factor", "1"),
            ("offsets.topic.num.partitions", "2"), ("group.initial.rebalance.delay.ms", "0"));
        var loaded = BrokerSettings.Load(config);
        Assert.Empty(loaded.Errors);
        var host = new BrokerHost(
            new MemoryFileSystem(), _transport, TimeProvider.System, new Random(1), NullLoggerFactory.Instance, fault =>
                Environment.FailFast(fault.ToString()));
        _broker = await BrokerServer.Start(loaded.Settings!, host, formatIfNeeded: true);
        Address = _broker.Listeners.Select(listener => listener.Split("://")[1]).First();
    }

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null) await _broker.DisposeAsync();
        _transport.Dispose();
    }
}
