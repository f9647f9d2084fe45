using System.Diagnostics;
using Ottla.Broker.Tests.Hostile;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Fuzz.Node;

/// <summary>A whole node under requests with several fields at edges, and under frames that are damaged anywhere.</summary>
/// <remarks>Set OTTLA_FUZZ_SECONDS to search longer. A finding tells the seed and the request that came before the fault.</remarks>
public sealed class HostileNodeTests
{
    private const int Runs = 400;

    /// <summary>How often the node is asked whether all is well: a finding names the requests since.</summary>
    private const int RunsBetweenLooks = 10;

    [Fact]
    public async Task Requests_with_several_fields_at_edges()
    {
        var seed = Fuzzer.Longer > TimeSpan.Zero ? Environment.TickCount : 1;
        var random = new Random(seed);
        await Besiege(seed, (node, apis) =>
        {
            var (key, version) = Any(random, apis);
            return node.ShapesFor(key).Random(key, version, random);
        });
    }

    [Fact]
    public async Task Frames_that_are_damaged()
    {
        var seed = Fuzzer.Longer > TimeSpan.Zero ? Environment.TickCount : 1;
        var random = new Random(seed);
        Mutator? mutator = null;
        await Besiege(seed, (node, apis) =>
        {
            mutator ??= new Mutator(random, [.. apis.SelectMany(api => SomeOf(node, api)).Select(request => request.Frame[4..])]);
            var damaged = mutator.Next();
            if (damaged.Length == 0) return null;
            var frame = new byte[4 + damaged.Length];
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(frame, damaged.Length);
            damaged.CopyTo(frame, 4);
            // what was hit may be the key: then any answer may be one that waits
            return new HostileRequest(ApiKey.Fetch, 0, Convert.ToHexStringLower(frame.AsSpan(0, Math.Min(frame.Length, 500))), frame);
        });
    }

    private static IEnumerable<HostileRequest> SomeOf(BesiegedNode node, ApiVersionsResponse.ApiVersion api) =>
        node.ShapesFor((ApiKey)api.ApiKey).OneFieldAtATime((ApiKey)api.ApiKey, api.MaxVersion).Take(2);

    private static (ApiKey Key, short Version) Any(Random random, IReadOnlyList<ApiVersionsResponse.ApiVersion> apis)
    {
        var api = apis[random.Next(apis.Count)];
        return ((ApiKey)api.ApiKey, (short)random.Next(api.MinVersion, api.MaxVersion + 1));
    }

    private static async Task Besiege(int seed, Func<BesiegedNode, IReadOnlyList<ApiVersionsResponse.ApiVersion>, HostileRequest?> next)
    {
        var files = new MemoryFileSystem();
        var node = await BesiegedNode.Start(files);
        await using (node)
        {
            var apis = await node.Served();
            var clock = Stopwatch.StartNew();
            var since = new List<HostileRequest>();
            for (var run = 0; run < Runs || clock.Elapsed < Fuzzer.Longer; run++)
            {
                if (next(node, apis) is not { } request) continue;
                await node.Suffer(request);
                since.Add(request);
                if (run % RunsBetweenLooks != 0) continue;
                await node.Serves($"seed {seed}: {string.Join("; ", since)}");
                since.Clear();
            }

            await node.Serves($"seed {seed}: {string.Join("; ", since)}");
            Assert.Empty(node.Complaints());
        }

        await BesiegedNode.ServesAgain(files, node.Topic);
    }
}
