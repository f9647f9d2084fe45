using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;

namespace Ottla.Broker.Tests.Hostile;

/// <summary>A hostile client against a whole node: every API at the ends of its versions, every field at every edge of its type.</summary>
public sealed class HostileClientTests
{
    /// <summary>What the node may hold on to after all of it: far more than what it needs, far less than what it was sent.</summary>
    private const long HeapBytesMax = 200 << 20;

    public static TheoryData<int> Quarters => [0, 1, 2, 3];

    [Theory]
    [MemberData(nameof(Quarters))]
    public async Task Every_field_of_every_request_at_its_edges_leaves_the_node_serving(int quarter)
    {
        var files = new MemoryFileSystem();
        var node = await BesiegedNode.Start(files);
        await using (node)
        {
            foreach (var (number, api) in (await node.Served()).Index())
            {
                var key = (ApiKey)api.ApiKey;
                if (number % 4 != quarter) continue;
                var lowest = key == ApiKey.Produce ? (short)3 : api.MinVersion;
                foreach (var version in new[] { lowest, api.MaxVersion }.Distinct())
                {
                    foreach (var request in node.ShapesFor(key).OneFieldAtATime(key, version))
                    {
                        await node.Suffer(request);
                        await node.Serves(request.ToString());
                    }
                }
            }

            Assert.Empty(node.Complaints());
        }

        await BesiegedNode.ServesAgain(files, node.Topic);
        ProcessMemory.GiveBack();
        Assert.InRange(GC.GetGCMemoryInfo(GCKind.FullBlocking).HeapSizeBytes, 1, HeapBytesMax);
    }
}
