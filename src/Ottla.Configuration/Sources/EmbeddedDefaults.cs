using System.Globalization;

namespace Ottla.Configuration.Sources;

/// <summary>What `ottla start` assumes without a properties file: one node, reachable from this machine alone, data in `./data`.</summary>
/// <remarks>
/// Only names that nobody gave are filled. Replication factors of internal topics are 1, as there is one node; the first rebalance of a
/// group does not wait. Controllers listen on the port after the clients' unless they are given a listener.
/// </remarks>
public static class EmbeddedDefaults
{
    public const string Host = "127.0.0.1";
    public const int ClientPort = 9092;
    public const int ControllerPort = 9093;
    public const string DataDirectory = "./data";

    private const string ControllerListener = "CONTROLLER";

    internal static void Fill(Dictionary<string, StaticValue> values)
    {
        if (!values.ContainsKey("broker.id")) Give(values, "node.id", "1");
        Give(values, "process.roles", "broker,controller");
        Give(values, "controller.listener.names", ControllerListener);
        Give(values, "listeners", $"PLAINTEXT://{Host}:{ClientPort},{ControllerListener}://{Host}:{ControllerPort}");
        AddControllerListener(values);
        if (!values.ContainsKey("log.dir")) Give(values, "log.dirs", DataDirectory);
        if (!values.ContainsKey("controller.quorum.bootstrap.servers")) Give(values, "controller.quorum.voters", VoterOf(values));
        foreach (var name in OneReplica) Give(values, name, "1");
        Give(values, "group.initial.rebalance.delay.ms", "0");
    }

    private static readonly string[] OneReplica =
    [
        "offsets.topic.replication.factor", "transaction.state.log.replication.factor", "transaction.state.log.min.isr",
        "share.coordinator.state.topic.replication.factor", "share.coordinator.state.topic.min.isr",
    ];

    private static void Give(Dictionary<string, StaticValue> values, string name, string text) =>
        values.TryAdd(name, new StaticValue(text, ConfigOrigin.BuiltIn));

    private static void AddControllerListener(Dictionary<string, StaticValue> values)
    {
        var listeners = values["listeners"];
        var hasOwnNames = values["controller.listener.names"].Origin.Kind != OriginKind.BuiltIn;
        if (hasOwnNames || listeners.Text.Contains(ControllerListener + "://", StringComparison.OrdinalIgnoreCase)) return;
        if (!values["process.roles"].Text.Contains("controller", StringComparison.Ordinal)) return;
        var port = PortOf(listeners.Text) is > 0 and < ushort.MaxValue and var clients ? clients + 1 : 0;
        values["listeners"] = listeners with { Text = $"{listeners.Text},{ControllerListener}://{Host}:{port}" };
    }

    private static string VoterOf(Dictionary<string, StaticValue> values)
    {
        var name = values["controller.listener.names"].Text.Split(',')[0].Trim() + "://";
        var host = Host;
        var port = ControllerPort;
        foreach (var listener in values["listeners"].Text.Split(','))
        {
            var text = listener.Trim();
            if (!text.StartsWith(name, StringComparison.OrdinalIgnoreCase)) continue;
            port = PortOf(text);
            var given = text[name.Length..Math.Max(name.Length, text.LastIndexOf(':'))];
            if (given.Length > 0 && given != "0.0.0.0") host = given;
        }

        var id = values.TryGetValue("node.id", out var node) ? node.Text : values["broker.id"].Text;
        return $"{id.Trim()}@{host}:{port.ToString(CultureInfo.InvariantCulture)}";
    }

    private static int PortOf(string listener) =>
        int.TryParse(listener.AsSpan(listener.LastIndexOf(':') + 1), NumberStyles.None, null, out var port) ? port : 0;
}
