using Microsoft.Extensions.Logging;
using Ottla.Broker;
using Ottla.Cli;
using Ottla.Configuration.Settings;

namespace Ottla;

/// <summary>What a node says of itself when it is up.</summary>
internal static partial class Banner
{
    public static void Print(ILogger log, BrokerSettings settings, BrokerServer broker)
    {
        var listeners = string.Join(", ", broker.Listeners);
        var directories = string.Join(", ", settings.Node.LogDirs.Select(Path.GetFullPath));
        var address = broker.Listeners.Count > 0 ? broker.Listeners[0][(broker.Listeners[0].IndexOf("//", StringComparison.Ordinal) + 2)..] : "";
        var milliseconds = (int)broker.StartedIn.TotalMilliseconds;
        LogUp(log, Verbs.Version, settings.Node.Id.Value, broker.ClusterId, listeners, milliseconds);
        var partitions = broker.PartitionCount;
        LogData(log, directories, partitions);
        LogTalk(log, address);
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Ottla {Version}, node {Node} of cluster {Cluster}, serves {Listeners} (up in {Milliseconds} ms)")]
    private static partial void LogUp(ILogger logger, string version, int node, string cluster, string listeners, int milliseconds);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "Data: {Directories} ({Partitions} partitions)")]
    private static partial void LogData(ILogger logger, string directories, int partitions);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "Talk to it: ottla topics --bootstrap-server {Address} --list. Stop it: Ctrl-C or SIGTERM")]
    private static partial void LogTalk(ILogger logger, string address);
}
