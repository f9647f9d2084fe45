using Ottla.Configuration.Settings;
using Ottla.Configuration.Sources;

namespace Ottla.Configuration.Tests.Settings;

public sealed class EmbeddedDefaultsTests
{
    [Fact]
    public void Without_a_file_one_node_serves_this_machine_alone()
    {
        var settings = Loaded();
        var node = settings.Node;
        Assert.Equal((1, true, true), (node.Id.Value, node.IsBroker, node.IsController));
        Assert.Equal(["PLAINTEXT://127.0.0.1:9092", "CONTROLLER://127.0.0.1:9093"], node.Listeners.Select(x => x.ToString()));
        Assert.Equal([new(new(1), "127.0.0.1", 9093)], node.Voters);
        Assert.Equal(["./data"], node.LogDirs);
        Assert.Equal(1, settings.Offsets.TopicReplicationFactor);
        Assert.Equal((1, 1), (settings.Transactions.StateLogReplicationFactor, settings.Transactions.StateLogMinIsr));
        Assert.Equal(0, settings.Groups.InitialRebalanceDelayMs);
    }

    [Fact]
    public void A_listener_for_clients_moves_the_controllers_beside_it()
    {
        var node = Loaded("listeners=PLAINTEXT://127.0.0.1:19092", "node.id=5").Node;
        Assert.Equal(["PLAINTEXT://127.0.0.1:19092", "CONTROLLER://127.0.0.1:19093"], node.Listeners.Select(x => x.ToString()));
        Assert.Equal([new(new(5), "127.0.0.1", 19093)], node.Voters);
    }

    [Fact]
    public void A_port_that_the_system_chooses_is_chosen_for_the_controllers_too()
    {
        var node = Loaded("listeners=PLAINTEXT://127.0.0.1:0").Node;
        Assert.Equal([0, 0], node.Listeners.Select(listener => listener.Port));
    }

    [Fact]
    public void What_is_given_stays()
    {
        var settings = Loaded("log.dir=/d", "offsets.topic.replication.factor=3", "broker.id=4");
        Assert.Equal(["/d"], settings.Node.LogDirs);
        Assert.Equal(3, settings.Offsets.TopicReplicationFactor);
        Assert.Equal(4, settings.Node.Id.Value);
    }

    [Fact]
    public void Nothing_that_is_built_in_is_said_to_have_no_effect() =>
        Assert.Empty(BrokerSettings.Load(new StaticConfigBuilder().AddEmbeddedDefaults().Build()).WithoutEffect);

    private static BrokerSettings Loaded(params string[] overrides)
    {
        var builder = new StaticConfigBuilder();
        foreach (var text in overrides) Assert.Null(builder.AddOverride(text));
        var loaded = BrokerSettings.Load(builder.AddEmbeddedDefaults().Build());
        Assert.Empty(loaded.Errors);
        return loaded.Settings!;
    }
}
