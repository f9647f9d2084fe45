using Ottla.Configuration.Catalogs;
using Ottla.Configuration.Definitions;

namespace Ottla.Broker.Tests.Nodes;

/// <summary>Every time that a config can name is one that the node can wait for: people write the largest number for "never".</summary>
public sealed class ExtremeConfigsTests
{
    [Fact]
    public async Task A_node_serves_with_every_time_at_its_longest()
    {
        await using var node = await TestNode.Start(Longest());
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        await client.Produce(topic, Batch.Of("one"));
        Assert.Equal(["one"], await client.Values(topic));
    }

    // The times of groups have to fit together.
    private static (string, string)[] Longest()
    {
        var configs = new List<(string, string)>();
        foreach (var definition in BrokerConfigs.Catalog.All)
        {
            if (!definition.Name.EndsWith(".ms", StringComparison.Ordinal) || definition.Name.StartsWith("group.", StringComparison.Ordinal)) continue;
            var text = definition.Type == ConfigType.Int ? "2147483647" : "9223372036854775807";
            if (definition.TryParse(text, out _, out _)) configs.Add((definition.Name, text));
        }

        return [.. configs];
    }
}
