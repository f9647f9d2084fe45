using System.Globalization;
using Ottla.Cli.Options;
using Ottla.Client.Admin;
using Ottla.Protocol.Primitives;

namespace Ottla.Cli.Tools;

/// <summary>`ottla topics --describe`: a line a topic and a line a partition, or only such partitions as a filter picks.</summary>
internal sealed class TopicsDescription(TopicsOptions options, AdminClient admin, ParsedOptions given, CliContext context)
{
    private const string MinInsyncReplicas = "min.insync.replicas";

    private const int PartitionsAtOnce = 2_000;

    public async Task Print()
    {
        var topics = await Find();
        if (topics.Count == 0) return;
        var configs =
            (await admin.DescribeConfigs([.. topics.Select(t => new ConfigResource(ConfigResourceType.Topic, t.Name))], context.Cancelled))
            .ToDictionary(c => c.Resource.Name, c => c.Entries);
        var moving = await admin.ListReassignments(context.Cancelled);
        var alive = (await admin.DescribeCluster(context.Cancelled)).Brokers;
        var filtered = given.Has(options.UnderReplicated) || given.Has(options.Unavailable) || given.Has(options.UnderMinIsr)
            || given.Has(options.AtMinIsr);
        foreach (var topic in topics)
        {
            var own = configs.TryGetValue(topic.Name, out var entries) ? entries.Where(e => !e.IsDefault && !e.IsSensitive).ToList() : [];
            if (given.Has(options.WithOverrides) && own.Count == 0) continue;
            if (!filtered) PrintTopic(topic, own, moving);
            if (given.Has(options.WithOverrides)) continue;
            var minIsr = MinIsr(entries);
            foreach (var partition in topic.Partitions)
            {
                var reassignment = moving.GetValueOrDefault(new TopicPartition(topic.Name, partition.Index));
                if (!filtered || Picked(partition, reassignment, minIsr, alive.ContainsKey))
                    PrintPartition(topic.Name, partition, reassignment);
            }
        }
    }

    private async Task<IReadOnlyList<TopicDescription>> Find()
    {
        if (given.Text(options.TopicId) is { } id) return await FindById(id);
        var text = given.Text(options.Topic);
        var filter = text is null ? null : new TopicFilter(text);
        var listed = await admin.ListTopics(includeInternal: !given.Has(options.ExcludeInternal), context.Cancelled);
        var names = listed.Select(t => t.Name).Where(name => filter?.Accepts(name) ?? true).ToList();
        if (names.Count == 0 && text is not null && !given.Has(options.IfExists))
            throw new ToolException($"Topic '{text}' does not exist as expected");
        if (names.Count == 0) return [];
        var topics = await admin.DescribeTopics(names, given.Int(options.PartitionSizeLimit) ?? PartitionsAtOnce, context.Cancelled);
        return HashOrder.Of([.. topics.Where(t => t.Error == ErrorCode.None)], t => t.Name);
    }

    private async Task<IReadOnlyList<TopicDescription>> FindById(string text)
    {
        if (!Uuid.TryParse(text, out var id))
            throw new ToolException($"Input string `{text}` is not a topic id: one has 22 characters that stand for 16 bytes in base64");
        var topics = (await admin.DescribeTopics([id], context.Cancelled)).Where(t => t.Error == ErrorCode.None).ToList();
        if (topics.Count == 0 && !given.Has(options.IfExists)) throw new ToolException($"TopicId '{text}' does not exist as expected");
        return topics;
    }

    private static int? MinIsr(IReadOnlyList<ConfigEntry>? entries) =>
        entries?.FirstOrDefault(e => e.Name == MinInsyncReplicas)?.Value is { } value
            && int.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number : null;

    private bool Picked(PartitionDescription partition, Reassignment? reassignment, int? minIsr, Func<int, bool> isAlive)
    {
        var inSync = partition.InSyncReplicas.Count;
        var wanted = reassignment is null ? partition.Replicas.Count : partition.Replicas.Count - reassignment.Adding.Count;
        return (given.Has(options.UnderReplicated) && inSync < wanted)
            || (given.Has(options.Unavailable) && (partition.Leader < 0 || !isAlive(partition.Leader)))
            || (given.Has(options.UnderMinIsr) && inSync < minIsr)
            || (given.Has(options.AtMinIsr) && inSync == minIsr);
    }

    private void PrintTopic(TopicDescription topic, List<ConfigEntry> configs, IReadOnlyDictionary<TopicPartition, Reassignment> moving)
    {
        var factor = 0;
        if (topic.Partitions.Count > 0)
        {
            var reassignment = moving.GetValueOrDefault(new TopicPartition(topic.Name, topic.Partitions[0].Index));
            factor = topic.Partitions[0].Replicas.Count - (reassignment?.Adding.Count ?? 0);
        }

        context.Out.WriteLine(
            $"Topic: {topic.Name}\tTopicId: {topic.Id}\tPartitionCount: {topic.Partitions.Count}\tReplicationFactor: {factor}\tConfigs: "
            + $"{string.Join(',', configs.Select(c => $"{c.Name}={c.Value}"))}");
    }

    private void PrintPartition(string topic, PartitionDescription partition, Reassignment? reassignment)
    {
        context.Out.Write($"\tTopic: {topic}\tPartition: {partition.Index}\tLeader: {(partition.Leader < 0 ? "none" : partition.Leader)}");
        context.Out.Write($"\tReplicas: {Join(partition.Replicas)}\tIsr: {Join(partition.InSyncReplicas)}");
        if (reassignment is not null)
            context.Out.Write($"\tAdding Replicas: {Join(reassignment.Adding)}\tRemoving Replicas: {Join(reassignment.Removing)}");
        context.Out.WriteLine(
            $"\tElr: {JoinKnown(partition.EligibleLeaders)}\tLastKnownElr: {JoinKnown(partition.LastKnownEligibleLeaders)}");
    }

    private static string Join(IReadOnlyList<int> brokers) => string.Join(',', brokers);

    private static string JoinKnown(IReadOnlyList<int>? brokers) => brokers is null ? "N/A" : Join(brokers);
}
