using System.Text;
using Ottla.Cli;
using Ottla.Client;
using Ottla.Client.Admin;
using Ottla.Client.Settings;
using Ottla.Network;

namespace Ottla.Lab;

/// <summary>Asks a lab's nodes over the network, as any client would, with a new client each time: nodes come and go here.</summary>
internal sealed class ClusterProbe(CliContext context) : ILabProbe
{
    /// <summary>Long enough for a node that has just started, short enough for somebody who waits at a prompt.</summary>
    private const string PatienceMs = "5000";

    public async Task<int> CountNodes(IReadOnlyList<string> addresses, CancellationToken cancellation)
    {
        try
        {
            using var admin = Connect(addresses);
            return (await admin.DescribeCluster(cancellation).ConfigureAwait(false)).Brokers.Count;
        }
        catch (Exception noAnswer) when (IsNoAnswer(noAnswer))
        {
            return 0;
        }
    }

    public async Task<string> Describe(IReadOnlyList<string> addresses)
    {
        try
        {
            using var admin = Connect(addresses);
            var topics = await admin.ListTopics(includeInternal: true, context.Cancelled).ConfigureAwait(false);
            var described = await admin.DescribeTopics([.. topics.Select(topic => topic.Name)], cancellation: context.Cancelled).ConfigureAwait(false);
            return Tell([.. described.SelectMany(topic => topic.Partitions.Select(partition => (topic.Name, partition)))]);
        }
        catch (Exception noAnswer) when (IsNoAnswer(noAnswer))
        {
            return $"No node answered for the partitions: {noAnswer.Message}";
        }
    }

    internal static string Tell(IReadOnlyList<(string Topic, PartitionDescription Partition)> partitions)
    {
        if (partitions.Count == 0) return "There are no topics yet.";
        var text = new StringBuilder($"{partitions.Count} partitions");
        foreach (var led in partitions.GroupBy(entry => entry.Partition.Leader).OrderBy(led => led.Key))
            text.Append(led.Key < 0 ? $"; without a leader: {led.Count()}" : $"; led by {led.Key}: {led.Count()}");
        var behind = partitions.Where(entry => entry.Partition.InSyncReplicas.Count < entry.Partition.Replicas.Count).ToList();
        if (behind.Count == 0) return text.Append(". All replicas are in sync.").ToString();
        return text.Append($". Not all in sync: {string.Join(", ", behind.Take(5).Select(entry => $"{entry.Topic}-{entry.Partition.Index}"))}")
            .Append(behind.Count > 5 ? $" and {behind.Count - 5} more." : ".").ToString();
    }

    private AdminClient Connect(IReadOnlyList<string> addresses)
    {
        var properties = new Dictionary<string, string>
        {
            ["bootstrap.servers"] = string.Join(',', addresses), ["default.api.timeout.ms"] = PatienceMs, ["request.timeout.ms"] = PatienceMs,
        };
        return new AdminClient(ClientOptions.From(new ClientSettings(properties)), new NetworkPlatform(context.Transport, context.Time, context.Random));
    }

    private static bool IsNoAnswer(Exception fault) => fault is BrokerException or IOException or TimeoutException or OperationCanceledException;
}
