using Ottla.Cli.Formatters;
using Ottla.Cli.Options;
using Ottla.Client;
using Ottla.Client.Consuming;
using Ottla.Client.Settings;
using Ottla.Protocol.Primitives;

namespace Ottla.Cli.Tools;

/// <summary>`ottla console-consumer`: prints records as they come.</summary>
/// <remarks>
/// Records go to standard output, everything else to standard error. Running into --timeout-ms ends with 0, as with Apache Kafka's tool.
/// Records that were fetched and not printed are not committed: the consumer is set back to the first of them before it closes.
/// </remarks>
internal sealed class ConsoleConsumer : OptionTool
{
    /// <summary>How long one poll waits when there is no time-out: long enough to cost nothing.</summary>
    private const int PollMs = 60_000;

    private readonly ConsoleConsumerOptions _options;

    public ConsoleConsumer() => _options = new ConsoleConsumerOptions(Parser);

    protected override string Purpose => "This tool helps to read data from Kafka topics and outputs it to standard output.";

    protected override bool TableBesideUnreadable => true;

    protected override async Task<int> Run(ParsedOptions options, CliContext context)
    {
        _options.Check(options);
        var start = options.Has(_options.Partition) ? _options.Start(options) : (StartAt?)null;
        var formatter = Formatter(options, context);
        var settings = new ClientSettings(_options.Settings(options, context));
        var timeoutMs = options.Long(_options.TimeoutMs) ?? -1;
        var printed = new Printed(options.Int(_options.MaxMessages) ?? -1, options.Has(_options.SkipMessageOnError));
        context.Flush();
        try
        {
            await using var consumer =
                new Consumer(ClientOptions.From(settings), ConsumerOptions.From(settings), Clients.Platform(context));
            if (start is { } at)
                consumer.Assign(new Dictionary<TopicPartition,
                    StartAt?> { [new(options.Text(_options.Topic)!, options.Int(_options.Partition)!.Value)] = at });
            else if (options.Text(_options.Include) is { } include) consumer.Subscribe(new TopicFilter(include).Accepts);
            else consumer.Subscribe([options.Text(_options.Topic)!]);
            await Print(consumer, formatter, printed, timeoutMs, context);
        }
        catch (SettingException unfit)
        {
            throw new ToolException(unfit.Message);
        }
        catch (BrokerException failed)
        {
            context.Error.WriteLine("Error processing message, terminating consumer process:");
            context.Error.WriteLine(Clients.Describe(failed));
        }

        context.Flush();
        context.Error.WriteLine($"Processed a total of {printed.Count} messages");
        if (options.Has(_options.SystestEvents)) context.Out.WriteLine("shutdown_complete");
        return 0;
    }

    private static async Task Print(Consumer consumer, IRecordFormatter formatter, Printed printed, long timeoutMs, CliContext context)
    {
        var wait = timeoutMs is < 0 or > int.MaxValue ? PollMs : (int)timeoutMs;
        try
        {
            while (!printed.Done)
            {
                var records = await consumer.Poll(wait, context.Cancelled);
                if (records.Count == 0 && timeoutMs >= 0)
                {
                    context.Error.WriteLine(
                        $"Error processing message, terminating consumer process: no record came for {timeoutMs} ms (TIMEOUT)");
                    return;
                }

                for (var i = 0; i < records.Count; i++)
                {
                    if (printed.Done)
                    {
                        SetBack(consumer, records.Skip(i));
                        return;
                    }

                    printed.Print(formatter, records[i], context);
                }

                context.Flush();
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C: what was printed is printed
        }
    }

    /// <summary>Makes the first record that was not printed the next one of its partition.</summary>
    private static void SetBack(Consumer consumer, IEnumerable<ConsumedRecord> rest)
    {
        foreach (var partition in rest.GroupBy(record => new TopicPartition(record.Topic, record.Partition)))
            consumer.Seek(partition.Key, StartAt.At(partition.First().Offset));
    }

    private IRecordFormatter Formatter(ParsedOptions options, CliContext context)
    {
        var chosen = Deprecated.Choose(options, _options.FormatterProperty, _options.Property, context.Out, oldFirst: true);
        var properties = options.Text(_options.FormatterConfig) is { } file ? PropertyList.ReadFile(file, context) : [];
        PropertyList.Add(properties, options.All(chosen));
        if (options.Text(_options.KeyDeserializer) is { Length: > 0 } key) properties["key.deserializer"] = key;
        if (options.Text(_options.ValueDeserializer) is { Length: > 0 } value) properties["value.deserializer"] = value;
        return RecordFormatters.Named(options.Text(_options.Formatter)!, properties);
    }

    /// <summary>How many records were printed, and how many are to be.</summary>
    private sealed class Printed(int max, bool skipOnError)
    {
        public int Count { get; private set; }

        public bool Done => max >= 0 && Count >= max;

        public void Print(IRecordFormatter formatter, ConsumedRecord record, CliContext context)
        {
            Count++;
            try
            {
                formatter.Write(record, context.Output);
            }
            catch (FormatException unreadable) when (skipOnError)
            {
                context.Error.WriteLine(
                    $"Error processing message, skipping this message: {record.Topic}-{record.Partition} at offset {record.Offset}: "
                    + $"{unreadable.Message}");
            }
            catch (FormatException unreadable)
            {
                throw new ToolException(
                    $"Error processing message, terminating consumer process: {record.Topic}-{record.Partition} at offset {record.Offset}: "
                    + $"{unreadable.Message}");
            }
        }
    }
}
