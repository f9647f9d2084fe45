using Ottla.Cli.Tools;
using Ottla.Configuration.Settings;
using Ottla.Configuration.Sources;

namespace Ottla.Cli.Tests.Tools;

public sealed class FormatCommandTests
{
    private const string Listeners = "controller.listener.names=CONTROLLER\nlisteners=PLAINTEXT://h:9092,CONTROLLER://h:9093\nnode.id=1\n";

    [Theory]
    [InlineData("process.roles=broker,controller\ncontroller.quorum.voters=1@h:9093", null, "-t $(ottla storage random-uuid) -c 'my node.properties'")]
    [InlineData("process.roles=broker,controller\ncontroller.quorum.bootstrap.servers=h:9093", null,
        "-t $(ottla storage random-uuid) -c 'my node.properties' --standalone")]
    [InlineData("process.roles=broker,controller\ncontroller.quorum.voters=1@h:9093", "MkU3OEVBNTcwNTJENDM2Qg",
        "-t MkU3OEVBNTcwNTJENDM2Qg -c 'my node.properties' --ignore-formatted")]
    public void The_command_is_whole(string lines, string? clusterId, string options)
    {
        var loaded = BrokerSettings.Load(new StaticConfigBuilder().AddFile("f", Listeners + lines).Build());
        Assert.Empty(loaded.Errors);
        var text = FormatCommand.For("my node.properties", loaded.Settings!.Node, clusterId);
        Assert.Contains($"\n    ottla storage format {options}\n", text);
    }
}
