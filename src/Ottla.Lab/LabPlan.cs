using System.Globalization;

namespace Ottla.Lab;

/// <summary>One node of the lab: its number, its ports and where its files are.</summary>
internal sealed record NodePlan(int Id, int ClientPort, int ControllerPort, bool IsController, string Directory)
{
    public string Address => string.Create(CultureInfo.InvariantCulture, $"{LabPlan.Host}:{ClientPort}");

    public string PropertiesFile => Path.Combine(Directory, "server.properties");

    public string DataDirectory => Path.Combine(Directory, "data");

    /// <summary>What the node says, from each of its starts.</summary>
    public string OutputFile => Path.Combine(Directory, "output.log");
}

/// <summary>The cluster of a lab, before anything is started. Pure.</summary>
/// <remarks>The first three nodes are controllers beside their being brokers, the others brokers alone: so any one node may be killed from three
/// nodes on, as in a cluster that people would run. Internal topics have as many replicas as there are nodes, up to three.</remarks>
internal sealed record LabPlan(string Directory, IReadOnlyList<NodePlan> Nodes)
{
    public const string Host = "127.0.0.1";

    /// <summary>Each node is a process of some tens of megabytes; more of them teach nothing new.</summary>
    public const int NodesMax = 9;

    private const int ControllersMax = 3;
    private const int ReplicasMax = 3;

    public static LabPlan Of(string directory, IReadOnlyList<(int Client, int Controller)> ports) => new(
        directory,
        [
            .. ports.Select((port, at) => new NodePlan(
                at + 1, port.Client, port.Controller, at < ControllersMax, Path.Combine(directory, $"node-{at + 1}"))),
        ]);

    /// <summary>All addresses for clients, as `--bootstrap-server` takes them.</summary>
    public string BootstrapServers => string.Join(',', Nodes.Select(node => node.Address));

    public int Replicas => Math.Min(ReplicasMax, Nodes.Count);

    /// <summary>The properties file of a node.</summary>
    public string PropertiesOf(NodePlan node)
    {
        var voters = string.Join(
            ',', Nodes.Where(other => other.IsController).Select(other => $"{other.Id}@{Host}:{other.ControllerPort}"));
        var controller = node.IsController ? $",CONTROLLER://{Host}:{node.ControllerPort}" : "";
        var inSync = Math.Max(1, Replicas - 1);
        return $"""
            # node {node.Id} of a lab of {Nodes.Count}
            process.roles={(node.IsController ? "broker,controller" : "broker")}
            node.id={node.Id}
            controller.quorum.voters={voters}
            controller.listener.names=CONTROLLER
            listeners=PLAINTEXT://{Host}:{node.ClientPort}{controller}
            log.dirs={node.DataDirectory}
            default.replication.factor={Replicas}
            min.insync.replicas={inSync}
            offsets.topic.replication.factor={Replicas}
            transaction.state.log.replication.factor={Replicas}
            transaction.state.log.min.isr={inSync}
            share.coordinator.state.topic.replication.factor={Replicas}
            share.coordinator.state.topic.min.isr={inSync}
            group.initial.rebalance.delay.ms=0

            """;
    }

    /// <summary>What is kept beside the nodes' folders, so that the same lab can be started again.</summary>
    public string ToText() => string.Concat(Nodes.Select(node => $"{node.Id} {node.ClientPort} {node.ControllerPort}\n"));

    /// <summary>Reads <see cref="ToText"/>; null where the text is none.</summary>
    public static LabPlan? Read(string directory, string text)
    {
        var ports = new List<(int, int)>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ');
            if (words.Length != 3 || !IsPort(words[1], out var client) || !IsPort(words[2], out var controller)) return null;
            ports.Add((client, controller));
        }

        return ports.Count is 0 or > NodesMax ? null : Of(directory, ports);
    }

    private static bool IsPort(string word, out int port) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue;
}
