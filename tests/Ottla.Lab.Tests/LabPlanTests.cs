using Ottla.Configuration.Settings;
using Ottla.Configuration.Sources;

namespace Ottla.Lab.Tests;

public sealed class LabPlanTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 2, 2, 1)]
    [InlineData(3, 3, 3, 2)]
    [InlineData(5, 3, 3, 2)]
    public void Each_node_has_properties_that_a_node_starts_with(int nodes, int controllers, int replicas, int inSync)
    {
        var plan = LabPlan.Of("/lab", [.. Enumerable.Range(0, nodes).Select(at => (9092 + (at * 10), 9093 + (at * 10)))]);
        foreach (var node in plan.Nodes)
        {
            var loaded = BrokerSettings.Load(new StaticConfigBuilder().AddFile("f", plan.PropertiesOf(node)).Build());
            Assert.Empty(loaded.Errors);
            Assert.Empty(loaded.Warnings);
            var settings = loaded.Settings!;
            Assert.Equal((node.Id, node.Id <= controllers, true), (settings.NodeId.Value, settings.Node.IsController, settings.Node.IsBroker));
            Assert.Equal(controllers, settings.Node.Voters.Count);
            Assert.Equal($"PLAINTEXT://{node.Address}", Assert.Single(settings.Node.AdvertisedListeners).ToString());
            Assert.Equal((replicas, (short)replicas), (settings.Topics.DefaultReplicationFactor, settings.Offsets.TopicReplicationFactor));
            Assert.Equal(inSync, settings.TopicDefaults.MinInsyncReplicas);
        }
    }

    [Fact]
    public void A_lab_that_is_kept_is_read_back_as_it_was()
    {
        var plan = LabPlan.Of("/lab", [(9092, 9093), (40001, 40002)]);
        Assert.Equal(plan.Nodes, LabPlan.Read("/lab", plan.ToText())!.Nodes);
        Assert.Null(LabPlan.Read("/lab", "1 9092"));
        Assert.Null(LabPlan.Read("/lab", "1 9092 70000\n"));
        Assert.Null(LabPlan.Read("/lab", ""));
    }

    [Theory]
    [InlineData("", null, null, null)]
    [InlineData("3", 3, null, null)]
    [InlineData("--keep d 2", 2, "d", null)]
    [InlineData("--keep=d", null, "d", null)]
    [InlineData("0", null, null, "A lab has from 1 to 9 nodes, not 0.")]
    [InlineData("10", null, null, "A lab has from 1 to 9 nodes, not 10.")]
    [InlineData("3 3", 3, null, "ottla lab does not know '3'.")]
    [InlineData("--keep", null, null, "ottla lab does not know '--keep'.")]
    [InlineData("x", null, null, "ottla lab does not know 'x'.")]
    public void The_command_line_is_a_number_and_a_directory(string words, int? nodes, string? keep, string? problem)
    {
        Assert.Equal(problem, LabVerb.Read(words.Split(' ', StringSplitOptions.RemoveEmptyEntries), out var count, out var directory));
        Assert.Equal((nodes, keep), (count, directory));
    }
}
