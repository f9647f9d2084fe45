using System.Globalization;
using Ottla.Cli.Options;
using Ottla.Client.Consuming;
using Ottla.Protocol.Primitives;

namespace Ottla.Cli.Tools;

/// <summary>The options of `console-consumer`, and which of them go together.</summary>
internal sealed class ConsoleConsumerOptions(OptionParser parser)
{
    /// <summary>Groups of consumers that name none get a number below this.</summary>
    private const int RandomGroups = 100_000;

    public Option Topic { get; } = parser.Value("topic", "String: topic", "The topic to read.");

    public Option Include { get; } =
        parser.Value("include", "String: Java regex (String)", "A regular expression: read every topic that it matches.");

    public Option Partition { get; } =
        parser.Value("partition", "Integer: partition", "Read this partition alone, from the end unless --offset says otherwise.");

    public Option Offset { get; } =
        parser.Value("offset", "String: consume offset", "Where to begin: a number, earliest or latest.", "latest");

    public Option CommandProperty { get; } =
        parser.Value("command-property", "String: consumer_prop", "A setting of the consumer, NAME=VALUE.");

    public Option ConsumerProperty { get; } = parser.Value("consumer-property", "String: consumer_prop", "Deprecated: --command-property.");

    public Option CommandConfig { get; } = parser.Value("command-config", "String: config file", "A file of settings of the consumer.");

    public Option ConsumerConfig { get; } = parser.Value("consumer.config", "String: config file", "Deprecated: --command-config.");

    public Option Formatter { get; } =
        parser.Value("formatter", "String: class", "What prints records.", "org.apache.kafka.tools.consumer.DefaultMessageFormatter");

    public Option FormatterProperty { get; } = parser.Value(
        "formatter-property", "String: prop",
        "How records are printed: print.key, print.value, print.timestamp, print.partition, print.offset, print.headers, print.epoch, "
        + "print.delivery, key.separator, line.separator, headers.separator, null.literal, key.deserializer, value.deserializer, "
        + "headers.deserializer.");

    public Option Property { get; } = parser.Value("property", "String: prop", "Deprecated: --formatter-property.");

    public Option FormatterConfig { get; } = parser.Value("formatter-config", "String: config file", "A file of such properties.");

    public Option FromBeginning { get; } =
        parser.Flag("from-beginning", "Begin at the earliest record where the group has committed nothing.");

    public Option MaxMessages { get; } = parser.Value("max-messages", "Integer: num_messages", "End after so many records.");

    public Option TimeoutMs { get; } = parser.Value("timeout-ms", "Long: timeout_ms", "End when no record has come for so long.");

    public Option SkipMessageOnError { get; } = parser.Flag("skip-message-on-error", "Go on after a record that cannot be printed.");

    public Option BootstrapServer { get; } =
        parser.Value("bootstrap-server", "String: server to connect to", "The brokers to connect to first, HOST:PORT,...", required: true);

    public Option KeyDeserializer { get; } = parser.Value("key-deserializer", "String: deserializer for key",
        "What the key's bytes stand for: the class name of one of Kafka's deserializers.");

    public Option ValueDeserializer { get; } =
        parser.Value("value-deserializer", "String: deserializer for values", "What the value's bytes stand for.");

    public Option SystestEvents { get; } = parser.Flag("enable-systest-events", "Print events of the tool's own life.");

    public Option IsolationLevel { get; } =
        parser.Value("isolation-level", "String", "read_committed or read_uncommitted.", "read_uncommitted");

    public Option Group { get; } = parser.Value("group", "String: consumer group id", "The group to read in.");

    /// <exception cref="UsageException">Options are missing, or exclude each other.</exception>
    public void Check(ParsedOptions options)
    {
        options.Require(BootstrapServer);
        if (options.Has(Topic) == options.Has(Include))
            throw new UsageException("Exactly one of the following arguments is required: [topic], [include]");
        if (options.Has(Partition))
        {
            if (!options.Has(Topic)) throw new UsageException("The topic is required when partition is specified.");
            if (options.Has(FromBeginning) && options.Has(Offset))
                throw new UsageException("Options from-beginning and offset cannot be specified together.");
        }
        else if (options.Has(Offset))
        {
            throw new UsageException("The partition is required when offset is specified.");
        }

        if (options.Has(Group) && options.Has(Partition))
            throw new UsageException("Options group and partition cannot be specified together.");
    }

    /// <summary>Where to begin in the one partition.</summary>
    /// <exception cref="UsageException">Neither a word nor a number that is known.</exception>
    public StartAt Start(ParsedOptions options)
    {
        if (options.Has(FromBeginning)) return StartAt.Earliest;
        var text = options.Text(Offset)!;
        if (text.Equals("earliest", StringComparison.OrdinalIgnoreCase)) return StartAt.Earliest;
        if (text.Equals("latest", StringComparison.OrdinalIgnoreCase)) return StartAt.Latest;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset)) return StartAt.At(new Offset(offset));
        throw new UsageException(
            $"The provided offset value '{text}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.");
    }

    /// <summary>The settings of the consumer, with a group of its own where none is named: then nothing is committed.</summary>
    public Dictionary<string, string> Settings(ParsedOptions options, CliContext context)
    {
        var fileOption = Deprecated.Choose(options, CommandConfig, ConsumerConfig, context.Out);
        var propertyOption = Deprecated.Choose(options, CommandProperty, ConsumerProperty, context.Out);
        var inFile = options.Text(fileOption) is { } file ? PropertyList.ReadFile(file, context) : [];
        var inOptions = new Dictionary<string, string>();
        PropertyList.Add(inOptions, options.All(propertyOption));
        var groups = new[] { options.Text(Group), inOptions.GetValueOrDefault("group.id"), inFile.GetValueOrDefault("group.id") }.Where(g =>
            g is not null).Distinct().ToList();
        if (groups.Count > 1)
            throw new UsageException(
                $"The group ids provided in different places (directly using '--group', via '--consumer-property', or via "
                + $"'--consumer.config') do not match. Detected group ids: {string.Join(", ", groups.Select(g => $"'{g}'"))}");
        var settings = inFile;
        foreach (var (name, value) in inOptions) settings[name] = value;
        settings["bootstrap.servers"] = options.Text(BootstrapServer)!;
        if (options.Has(IsolationLevel) || !settings.ContainsKey("isolation.level"))
            settings["isolation.level"] = options.Text(IsolationLevel)!;
        settings.TryAdd("client.id", "console-consumer");
        if (options.Has(FromBeginning) && settings.TryGetValue("auto.offset.reset", out var reset) && reset != "earliest")
            throw new ToolException(
                $"Can't simultaneously specify --from-beginning and 'auto.offset.reset={reset}', please remove one option");
        if (options.Has(FromBeginning)) settings["auto.offset.reset"] = "earliest";
        if (groups.Count == 1)
        {
            settings["group.id"] = groups[0]!;
        }
        else
        {
            settings["group.id"] = $"console-consumer-{context.Random.Next(RandomGroups)}";
            settings.TryAdd("enable.auto.commit", "false");
        }

        if (options.Has(Partition)) settings.Remove("group.id");
        return settings;
    }
}
