using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Broker.Tests.Hostile;

/// <summary>A node with a topic that every hostile request must leave as it is, and the client that sends those.</summary>
internal sealed class BesiegedNode : IAsyncDisposable
{
    /// <summary>They may wait for what never comes, and are left then; any other request is answered or its connection closed.</summary>
    private static readonly HashSet<ApiKey> MayWait = [ApiKey.Fetch, ApiKey.JoinGroup, ApiKey.SyncGroup];

    private static readonly TimeSpan LeftAfter = TimeSpan.FromMilliseconds(20);

    private readonly TestNode _node;
    private readonly WireClient _neighbour;
    private readonly Topic _doomed;
    private WireClient? _attacker;

    private BesiegedNode(TestNode node, WireClient neighbour, Topic topic, Topic doomed) => (_node, _neighbour, Topic, _doomed) = (node, neighbour, topic, doomed);

    public Topic Topic { get; }

    /// <summary>Of requests that name the steady topic, or where they would do to it what they are for, another.</summary>
    public RequestShapes ShapesFor(ApiKey key) => new(key is ApiKey.Produce or ApiKey.DeleteTopics or ApiKey.DeleteRecords ? _doomed : Topic);

    public static async Task<BesiegedNode> Start(IFileSystem files)
    {
        var node = await TestNode.Start(files, ("offsets.topic.num.partitions", "1"), ("auto.create.topics.enable", "false"));
        var neighbour = await node.Connect();
        var topic = await neighbour.CreateTopic("steady", partitions: 2);
        Assert.Equal(ErrorCode.None, (await neighbour.Produce(topic, Batch.Of("a", "b", "c"), partition: 1)).ErrorCode);
        var doomed = await neighbour.CreateTopic("doomed");
        // the group's coordinator is there before the first request that asks for it
        await Patience.Until(
            () => neighbour.Ask<FindCoordinatorResponse>(new FindCoordinatorRequest { CoordinatorKeys = ["hostile-group"] }, 6),
            found => found.Coordinators[0].ErrorCode == ErrorCode.None);
        return new BesiegedNode(node, neighbour, topic, doomed);
    }

    /// <summary>The same data, started anew.</summary>
    public static async Task ServesAgain(IFileSystem files, Topic topic)
    {
        await using var node = await TestNode.Start(files, ("offsets.topic.num.partitions", "1"));
        using var client = await node.Connect();
        Assert.Equal(["a", "b", "c"], await client.Values(topic, partition: 1));
    }

    public async Task<IReadOnlyList<ApiVersionsResponse.ApiVersion>> Served() =>
        (await _neighbour.Ask<ApiVersionsResponse>(new ApiVersionsRequest { ClientSoftwareName = "test", ClientSoftwareVersion = "1" }, 4)).ApiKeys;

    /// <summary>Sends it and waits for what comes of it.</summary>
    public async Task Suffer(HostileRequest request)
    {
        _attacker ??= await _node.Connect();
        // a produce that wants no answer gets none
        var mayWait = MayWait.Contains(request.Key) || request.What.Contains("Acks = 0", StringComparison.Ordinal);
        try
        {
            await _attacker.SendRaw(request.Frame);
            var answer = _attacker.ReceiveFrame();
            if (mayWait) await Task.WhenAny(answer, Task.Delay(LeftAfter));
            if (answer.IsCompleted || !mayWait)
            {
                if (await answer is not null) return;
            }
        }
        catch (TimeoutException)
        {
            Assert.Fail($"no answer to {request}");
        }
        catch (IOException)
        {
            // closed: an answer, too
        }

        _attacker.Dispose();
        _attacker = null;
    }

    /// <summary>Nothing that came before harmed the node or its data.</summary>
    public async Task Serves(string after)
    {
        if (_node.Faults.TryDequeue(out var fault)) Assert.Fail($"{after} ends the process: {fault}");
        Assert.True((await _neighbour.Values(Topic, partition: 1)).SequenceEqual(["a", "b", "c"]), after);
        Assert.NotNull((await _neighbour.Ask<MetadataResponse>(new MetadataRequest { Topics = [] }, 12)).ClusterId);
    }

    public IEnumerable<string> Complaints() => _node.Logged().Split('\n').Where(line => line.Contains("failed inside", StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        _attacker?.Dispose();
        _neighbour.Dispose();
        await _node.DisposeAsync();
    }
}
