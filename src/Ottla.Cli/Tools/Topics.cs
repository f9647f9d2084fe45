using System.Globalization;
using Ottla.Cli.Options;
using Ottla.Client;
using Ottla.Client.Admin;
using Ottla.Client.Settings;
using Ottla.Protocol.Primitives;

namespace Ottla.Cli.Tools;

/// <summary>`ottla topics`: creates, lists, describes, grows and deletes topics.</summary>
/// <remarks>An error of the cluster goes to standard output, as with Apache Kafka's tool, with its code on standard error; exit status
/// 1.</remarks>
internal sealed class Topics : OptionTool
{
    private readonly TopicsOptions _options;

    public Topics() => _options = new TopicsOptions(Parser);

    protected override string Purpose => "This tool helps to create, delete, describe, or change a topic.";

    protected override async Task<int> Run(ParsedOptions options, CliContext context)
    {
        _options.Check(options);
        using var admin = Connect(options, context);
        try
        {
            if (options.Has(_options.Create)) await Create(admin, options, context);
            else if (options.Has(_options.Alter)) await Alter(admin, options, context);
            else if (options.Has(_options.List)) await List(admin, options, context);
            else if (options.Has(_options.Describe)) await new TopicsDescription(_options, admin, options, context).Print();
            else await Delete(admin, options, context);
            return 0;
        }
        catch (BrokerException refused)
        {
            context.Out.WriteLine($"Error while executing topic command : {refused.Message}");
            context.Error.WriteLine(Clients.Describe(refused));
        }
        catch (Exception unfit) when (unfit is ToolException or OptionException)
        {
            context.Out.WriteLine($"Error while executing topic command : {unfit.Message}");
            context.Error.WriteLine(unfit.Message);
        }

        return 1;
    }

    private AdminClient Connect(ParsedOptions options, CliContext context)
    {
        var properties = options.Text(_options.CommandConfig) is { } file ? PropertyList.ReadFile(file, context) : [];
        properties["bootstrap.servers"] = options.Text(_options.BootstrapServer)!;
        try
        {
            return new AdminClient(ClientOptions.From(new ClientSettings(properties)), Clients.Platform(context));
        }
        catch (SettingException unfit)
        {
            throw new ToolException(unfit.Message);
        }
    }

    private async Task Create(AdminClient admin, ParsedOptions options, CliContext context)
    {
        var name = options.Text(_options.Topic)!;
        if (name.Contains('.', StringComparison.Ordinal) || name.Contains('_', StringComparison.Ordinal))
        {
            context.Out.WriteLine(
                "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid "
                + "issues it is best to use either, but not both.");
        }

        var partitions = options.Int(_options.Partitions);
        if (partitions < 1) throw new ToolException("The partitions must be greater than 0");
        var factor = options.Int(_options.ReplicationFactor);
        if (factor is < 1 or > short.MaxValue) throw new ToolException("The replication factor must be between 1 and 32767 inclusive");
        var topic = new NewTopic(name)
        {
            Partitions = partitions ?? -1,
            ReplicationFactor = (short)(factor ?? -1),
            Assignment = options.Text(_options.ReplicaAssignment) is { } text ? Assignment(text) : null,
            Configs = Configs(options.All(_options.Config)),
        };
        var result = (await admin.CreateTopics([topic], cancellation: context.Cancelled))[0];
        if (result.Error == ErrorCode.TopicAlreadyExists && options.Has(_options.IfNotExists)) return;
        result.ThrowIfFailed();
        context.Out.WriteLine($"Created topic {name}.");
    }

    private async Task Alter(AdminClient admin, ParsedOptions options, CliContext context)
    {
        var total = options.Int(_options.Partitions)!.Value;
        var names = await Matching(admin, options, context);
        if (names.Count == 0) return;
        var assignment = options.Text(_options.ReplicaAssignment) is { } text ? Assignment(text) : null;
        foreach (var topic in await admin.DescribeTopics(names, cancellation: context.Cancelled))
        {
            BrokerException.ThrowIf(topic.Error);
            var added = assignment is null ? null : assignment.Skip(topic.Partitions.Count).ToList();
            (await admin.CreatePartitions(topic.Name, total, added, context.Cancelled)).ThrowIfFailed();
        }
    }

    private async Task List(AdminClient admin, ParsedOptions options, CliContext context)
    {
        var filter = options.Text(_options.Topic) is { } text ? new TopicFilter(text) : null;
        var topics = await admin.ListTopics(includeInternal: !options.Has(_options.ExcludeInternal), context.Cancelled);
        foreach (var topic in topics.Where(t => filter?.Accepts(t.Name) ?? true).OrderBy(t => t.Name, StringComparer.Ordinal))
            context.Out.WriteLine(topic.Name);
    }

    private async Task Delete(AdminClient admin, ParsedOptions options, CliContext context)
    {
        var names = await Matching(admin, options, context);
        if (names.Count == 0) return;
        foreach (var result in await admin.DeleteTopics(names, context.Cancelled)) result.ThrowIfFailed();
    }

    /// <summary>Names that --topic matches; an error where there are none, unless --if-exists.</summary>
    private async Task<IReadOnlyList<string>> Matching(AdminClient admin, ParsedOptions options, CliContext context)
    {
        var text = options.Text(_options.Topic)!;
        var filter = new TopicFilter(text);
        var names = (await admin.ListTopics(includeInternal: true, context.Cancelled)).Select(t =>
            t.Name).Where(filter.Accepts).Order(StringComparer.Ordinal).ToList();
        if (names.Count == 0 && !options.Has(_options.IfExists)) throw new ToolException($"Topic '{text}' does not exist as expected");
        return names;
    }

    private static Dictionary<string, string?> Configs(IReadOnlyList<string> entries)
    {
        var configs = new Dictionary<string, string?>();
        foreach (var entry in entries)
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new ToolException($"Invalid topic config '{entry}': all configs to be added must be in the format \"key=val\".");
            configs[entry[..equals].Trim()] = entry[(equals + 1)..].Trim();
        }

        return configs;
    }

    private static List<IReadOnlyList<int>> Assignment(string text)
    {
        var partitions = new List<IReadOnlyList<int>>();
        foreach (var list in text.Split(','))
        {
            var brokers = new List<int>();
            foreach (var word in list.Split(':'))
            {
                if (!int.TryParse(word.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var broker))
                    throw new ToolException($"For input string: \"{word}\"");
                brokers.Add(broker);
            }

            var twice = brokers.GroupBy(b => b).Where(g => g.Count() > 1).Select(g => g.Key).ToList();
            if (twice.Count > 0)
                throw new ToolException($"Partition replica lists may not contain duplicate entries: {string.Join(", ", twice)}");
            if (partitions.Count > 0 && partitions[0].Count != brokers.Count)
                throw new ToolException($"Partition {partitions.Count} has different replication factor: [{string.Join(", ", brokers)}]");
            partitions.Add(brokers);
        }

        return partitions;
    }
}
