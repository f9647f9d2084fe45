using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Nodes;

/// <summary>What is advertised is served: an answer that its version can't carry would close the connection.</summary>
public sealed class EveryVersionTests
{
    [Fact]
    public async Task Every_advertised_api_answers_at_every_advertised_version()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var trials = new MinimalRequests(await Events(client)).ByKey();
        var advertised = await Advertised(client);
        Assert.Equal(advertised.Keys.Order(), trials.Keys.Order());
        var failures = new List<string>();
        foreach (var (key, versions) in advertised.OrderBy(a => a.Key))
        {
            // Produce is said to begin at 0 for the sake of old clients
            for (var version = key == ApiKey.Produce ? (short)3 : versions.Min; version <= versions.Max; version++)
            {
                using var connection = await node.Connect();
                var failure = await Record.ExceptionAsync(() => trials[key](connection, version));
                if (failure is not null) failures.Add($"{key} v{version}: {failure.Message}");
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures) + '\n' + node.Logged());
    }

    [Fact]
    public async Task What_controllers_serve_answers_on_their_listener_too()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var trials = new MinimalRequests(await Events(client)).ForControllers();
        using var controller = await WireClient.Connect(node.ControllerPort);
        var advertised = await Advertised(controller);
        Assert.Contains(ApiKey.CreateTopics, advertised.Keys);
        Assert.DoesNotContain(ApiKey.Produce, advertised.Keys);
        foreach (var (key, versions) in advertised)
        {
            // asked there for controllers, not for brokers
            if (key != ApiKey.DescribeCluster) await trials[key](controller, versions.Max);
        }

        var described = await controller.Ask<DescribeClusterResponse>(new DescribeClusterRequest { EndpointType = 2 }, 2);
        Assert.Equal(node.ControllerPort, Assert.Single(described.Brokers).Port);
    }

    [Fact]
    public async Task A_version_below_or_above_what_is_served_closes_the_connection()
    {
        await using var node = await TestNode.Start();
        (ApiKey Key, short Version)[] refused =
            [(ApiKey.Produce, 2), (ApiKey.Metadata, 99), (ApiKey.OffsetFetch, 0), ((ApiKey)9_999, 0), ((ApiKey)(-1), 0)];
        foreach (var (key, version) in refused)
        {
            using var client = await node.Connect();
            // int32 length 10, key, version, correlation id, a client id of no bytes
            await client.SendRaw(new byte[] { 0, 0, 0, 10, (byte)((short)key >> 8), (byte)key, (byte)(version >> 8), (byte)version, 0, 0, 0, 1, 0, 0 });
            await client.IsClosed();
        }
    }

    [Fact]
    public async Task A_client_that_is_too_new_learns_the_versions_by_version_0()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        await client.SendRaw(new byte[] { 0, 0, 0, 11, 0, 18, 0, 99, 0, 0, 0, 7, 0, 0, 0 });
        var response = await client.Receive<ApiVersionsResponse>(7, 0);
        Assert.Equal(ErrorCode.UnsupportedVersion, response.ErrorCode);
        Assert.Contains(response.ApiKeys, api => api.ApiKey == (short)ApiKey.ApiVersions && api.MaxVersion >= 4);
        Assert.NotEmpty(await Advertised(client));
    }

    private static async Task<Topic> Events(WireClient client)
    {
        var events = await client.CreateTopic("events", partitions: 2);
        Assert.Equal(ErrorCode.None, (await client.Produce(events, Batch.Of("first"))).ErrorCode);
        await Patience.Until(
            () => client.Ask<FindCoordinatorResponse>(new FindCoordinatorRequest { CoordinatorKeys = ["group", "simple"] }, 6),
            answer => answer.Coordinators.TrueForAll(coordinator => coordinator.ErrorCode == ErrorCode.None));
        return events;
    }

    private static async Task<Dictionary<ApiKey, (short Min, short Max)>> Advertised(WireClient client)
    {
        var response = await client.Ask<ApiVersionsResponse>(new ApiVersionsRequest { ClientSoftwareName = "test", ClientSoftwareVersion = "1" }, 4);
        return response.ApiKeys.ToDictionary(api => (ApiKey)api.ApiKey, api => (api.MinVersion, api.MaxVersion));
    }
}
