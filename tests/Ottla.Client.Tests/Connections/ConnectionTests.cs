using Ottla.Client.Connections;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Client.Tests.Connections;

public sealed class ConnectionTests
{
    private static readonly ClientOptions Options =
        new() { BootstrapServers = [new("scripted", 1)], RequestTimeoutMs = 200, ReconnectBackoffMs = 1, ReconnectBackoffMaxMs = 2 };

    [Fact]
    public async Task A_broker_that_knows_only_old_versions_of_ApiVersions_is_asked_again_in_version_0()
    {
        var asked = new List<short>();
        using var connection = await Open((header, _) =>
        {
            asked.Add(header.ApiVersion);
            var answer = Versions();
            if (header.ApiVersion > 0) answer = new ApiVersionsResponse { ErrorCode = ErrorCode.UnsupportedVersion };
            return ScriptedBroker.Frame(header, answer, 0);
        });
        Assert.Equal([4, 0], asked.Select(v => (int)v));
        Assert.Equal(5, connection.VersionOf(Apis.Metadata));
        Assert.Equal(-1, connection.VersionOf(Apis.Produce));
    }

    [Fact]
    public async Task Answers_find_their_requests_whatever_their_order()
    {
        RequestHeader? held = null;
        var broker = new ScriptedBroker((header, _) =>
        {
            if (header.ApiKey == ApiKey.ApiVersions) return ScriptedBroker.Frame(header, Versions(), header.ApiVersion);
            if (held is not { } first)
            {
                held = header;
                return null;
            }

            return [.. ScriptedBroker.Frame(header, Cluster("second"), header.ApiVersion),
                .. ScriptedBroker.Frame(first, Cluster("first"), header.ApiVersion)];
        });
        using var connection = await Open(broker);
        var one = connection.Send(Apis.Metadata, new MetadataRequest(), CancellationToken.None);
        var two = connection.Send(Apis.Metadata, new MetadataRequest(), CancellationToken.None);
        Assert.Equal(("first", "second"), ((await one).ClusterId, (await two).ClusterId));
    }

    [Fact]
    public async Task A_request_without_an_answer_in_time_ends_the_connection_and_all_that_wait_on_it()
    {
        using var connection = await Open((header, _) =>
            header.ApiKey == ApiKey.ApiVersions ? ScriptedBroker.Frame(header, Versions(), header.ApiVersion) : null);
        var late = connection.Send(Apis.Metadata, new MetadataRequest(), CancellationToken.None, timeoutMs: 50);
        var other = connection.Send(Apis.Metadata, new MetadataRequest(), CancellationToken.None, timeoutMs: 60_000);
        Assert.Equal(ErrorCode.RequestTimedOut, (await Assert.ThrowsAsync<BrokerException>(() => late)).Code);
        Assert.Equal(ErrorCode.NetworkException, (await Assert.ThrowsAsync<BrokerException>(() => other)).Code);
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task An_answer_that_nobody_asked_for_ends_the_connection()
    {
        using var connection = await Open((header, _) => header.ApiKey == ApiKey.ApiVersions
            ? ScriptedBroker.Frame(header, Versions(), header.ApiVersion)
            : ScriptedBroker.Frame(header with { CorrelationId = 99 }, Cluster("x"), header.ApiVersion));
        var refused = await Assert.ThrowsAsync<BrokerException>(() =>
            connection.Send(Apis.Metadata, new MetadataRequest(), CancellationToken.None, timeoutMs: 60_000));
        Assert.Equal(ErrorCode.NetworkException, refused.Code);
    }

    [Fact]
    public async Task A_link_connects_again_after_its_connection_broke_or_was_refused()
    {
        var broker = new ScriptedBroker((header, _) => ScriptedBroker.Frame(header, Versions(), header.ApiVersion)) { Refusals = 1 };
        using var link = new BrokerLink(new("scripted", 1), Options, Platform(broker));
        await Assert.ThrowsAsync<BrokerException>(() => link.Get(CancellationToken.None).AsTask());
        var first = await link.Get(CancellationToken.None);
        Assert.Same(first, await link.Get(CancellationToken.None));
        first.Dispose();
        Assert.NotSame(first, await link.Get(CancellationToken.None));
        Assert.Equal(2, broker.Connections);
    }

    [Fact]
    public void Backoff_doubles_up_to_its_bound_give_or_take_a_fifth()
    {
        var random = new Random(1);
        for (var failures = 1; failures < 100; failures++)
        {
            var expected = Math.Min(1_000, 100 * Math.Pow(2, Math.Min(failures - 1, 30)));
            Assert.InRange(Backoff.After(failures, 100, 1_000, random).TotalMilliseconds, expected * 0.8, expected * 1.2);
        }
    }

    private static Task<Connection> Open(Func<RequestHeader, ReadOnlyMemory<byte>, byte[]?> answer) => Open(new ScriptedBroker(answer));

    private static Task<Connection> Open(ScriptedBroker broker) =>
        Connection.Open(new("scripted", 1), Options, Platform(broker), CancellationToken.None);

    private static ClientPlatform Platform(ScriptedBroker broker) => new(broker, TimeProvider.System, new Random(1));

    private static ApiVersionsResponse Versions() =>
        new() { ApiKeys = [new() { ApiKey = (short)ApiKey.Metadata, MinVersion = 0, MaxVersion = 5 }] };

    private static MetadataResponse Cluster(string id) => new() { ClusterId = id };
}
