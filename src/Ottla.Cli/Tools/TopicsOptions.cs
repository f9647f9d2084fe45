using Ottla.Cli.Options;

namespace Ottla.Cli.Tools;

/// <summary>The options of `topics`, and which of them go together.</summary>
internal sealed class TopicsOptions(OptionParser parser)
{
    public Option BootstrapServer { get; } =
        parser.Value("bootstrap-server", "String: server to connect to", "The brokers to connect to first, HOST:PORT,...", required: true);

    public Option CommandConfig { get; } =
        parser.Value("command-config", "String: property file", "A file with properties for the admin client.");

    public Option List { get; } = parser.Flag("list", "List the topics.");

    public Option Create { get; } = parser.Flag("create", "Create a topic.");

    public Option Delete { get; } = parser.Flag("delete", "Delete topics.");

    public Option Alter { get; } = parser.Flag("alter", "Change the number of partitions of topics.");

    public Option Describe { get; } = parser.Flag("describe", "Show partitions, leaders and replicas of topics.");

    public Option Topic { get; } =
        parser.Value("topic", "String: topic", "The topic; with every action but --create a regular expression.");

    public Option TopicId { get; } = parser.Value("topic-id", "String: topic-id", "The id of the topic to describe.");

    public Option Config { get; } =
        parser.Value("config", "String: name=value", "A config of the topic to create; may be given several times.");

    public Option DeleteConfig { get; } = parser.Value("delete-config", "String: name", "Not supported any more: use the configs tool.");

    public Option Partitions { get; } =
        parser.Value("partitions", "Integer: # of partitions", "How many partitions the topic gets (--create) or is to have (--alter).");

    public Option ReplicationFactor { get; } =
        parser.Value("replication-factor", "Integer: replication factor", "How many copies each partition of the topic to create gets.");

    public Option ReplicaAssignment { get; } = parser.Value(
        "replica-assignment", "String: broker1:broker2,...",
            "The brokers of each partition: a colon between those of one, a comma between partitions.");

    public Option UnderReplicated { get; } =
        parser.Flag("under-replicated-partitions", "With --describe: partitions that lack in-sync replicas.");

    public Option Unavailable { get; } = parser.Flag("unavailable-partitions", "With --describe: partitions without a leader.");

    public Option UnderMinIsr { get; } =
        parser.Flag("under-min-isr-partitions", "With --describe: partitions with fewer in-sync replicas than min.insync.replicas.");

    public Option AtMinIsr { get; } =
        parser.Flag("at-min-isr-partitions", "With --describe: partitions with just as many in-sync replicas as min.insync.replicas.");

    public Option WithOverrides { get; } = parser.Flag("topics-with-overrides", "With --describe: topics that have configs of their own.");

    public Option IfExists { get; } = parser.Flag("if-exists", "With --alter, --delete, --describe: no error if there is no such topic.");

    public Option IfNotExists { get; } = parser.Flag("if-not-exists", "With --create: no error if there is one already.");

    public Option ExcludeInternal { get; } =
        parser.Flag("exclude-internal", "With --list, --describe: without the topics of the cluster itself.");

    public Option PartitionSizeLimit { get; } = parser.Value(
        "partition-size-limit-per-response", "Integer: maximum partition count",
            "With --describe: how many partitions to ask for at once.");

    /// <exception cref="UsageException">Options are missing, or exclude each other.</exception>
    public void Check(ParsedOptions options)
    {
        Option[] actions = [List, Describe, Create, Alter, Delete];
        if (actions.Count(options.Has) != 1)
            throw new UsageException("Command must include exactly one action: --list, --describe, --create, --alter or --delete");
        if (!options.Has(BootstrapServer)) throw new ToolException("--bootstrap-server must be specified");
        if (!options.Has(List) && !options.Has(Describe)) options.Require(Topic);
        if (options.Has(Alter))
        {
            if (options.Has(Config) || options.Has(DeleteConfig))
                throw new UsageException(
                    $"Option combination \"[{BootstrapServer}, {(options.Has(Config) ? Config : DeleteConfig)}]\" can't be used with "
                    + $"option \"{Alter}\" (To alter topic configurations, the kafka-configs tool can be used.)");
            options.Require(Partitions);
        }

        options.Exclude(Config, List, Describe, Delete);
        options.Exclude(DeleteConfig, List, Describe, Delete, Create);
        options.Exclude(Partitions, List, Describe, Delete);
        options.Exclude(ReplicationFactor, List, Describe, Delete, Alter);
        options.Exclude(ReplicaAssignment, List, Describe, Delete);
        if (options.Has(Create)) options.Exclude(ReplicaAssignment, Partitions, ReplicationFactor);
        options.Exclude(UnderReplicated, List, Create, Alter, Delete, WithOverrides);
        options.Exclude(UnderMinIsr, List, Create, Alter, Delete, WithOverrides);
        options.Exclude(AtMinIsr, List, Create, Alter, Delete, WithOverrides);
        options.Exclude(Unavailable, List, Create, Alter, Delete, WithOverrides);
        options.Exclude(WithOverrides, List, Create, Alter, Delete);
        options.Exclude(IfExists, List, Create);
        options.Exclude(IfNotExists, List, Describe, Alter, Delete);
        options.Exclude(ExcludeInternal, Create, Alter, Delete);
    }
}
