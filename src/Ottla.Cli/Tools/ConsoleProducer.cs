using System.Text;
using Ottla.Cli.Options;
using Ottla.Client;
using Ottla.Client.Producing;
using Ottla.Client.Settings;

namespace Ottla.Cli.Tools;

/// <summary>`ottla console-producer`: sends each line of standard input as a record.</summary>
/// <remarks>
/// A record that is refused is told on standard error and the exit status stays 0, as with Apache Kafka's tool; a line that cannot be read,
/// or a setting that is not allowed, ends with 1. Deliveries are looked at in order while lines are read; as many can wait as the
/// producer's buffer holds.
/// </remarks>
internal sealed class ConsoleProducer : OptionTool
{
    private readonly ConsoleProducerOptions _options;

    public ConsoleProducer() => _options = new ConsoleProducerOptions(Parser);

    protected override string Purpose => "This tool helps to read data from standard input and publish it to Kafka.";

    protected override bool TableBesideUnreadable => true;

    protected override async Task<int> Run(ParsedOptions options, CliContext context)
    {
        options.Require(_options.Topic);
        if (!options.Has(_options.BootstrapServer))
            throw new UsageException("Error while validating the bootstrap address: --bootstrap-server is missing");
        var topic = options.Text(_options.Topic)!;
        var lines = new LineRecords(topic, ReaderProperties(options, context));
        await using var producer = Connect(options, context);
        context.Flush();
        await Send(producer, lines, topic, options.Has(_options.Sync), context);
        return 0;
    }

    private static async Task Send(Producer producer, LineRecords lines, string topic, bool sync, CliContext context)
    {
        using var input =
            new StreamReader(context.Input, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 64 << 10, leaveOpen: true);
        var waiting = new Queue<(ProducerRecord Record, Task<Delivery> Delivery)>();
        while (await NextLine(input, context) is { } line)
        {
            var record = lines.Read(line);
            try
            {
                var delivery = await producer.Enqueue(record, context.Cancelled);
                waiting.Enqueue((record, delivery));
            }
            catch (BrokerException refused)
            {
                if (sync) throw new ToolException(Clients.Describe(refused));
                Tell(topic, record, refused, context);
            }

            if (sync) await producer.Flush(context.Cancelled);
            while (waiting.TryPeek(out var oldest) && (sync || oldest.Delivery.IsCompleted))
                await Settle(waiting.Dequeue(), topic, sync, context);
        }

        await producer.Flush(CancellationToken.None);
        while (waiting.TryDequeue(out var oldest)) await Settle(oldest, topic, sync, context);
    }

    private static async Task<string?> NextLine(StreamReader input, CliContext context)
    {
        if (context.Interactive)
        {
            context.Out.Write('>');
            context.Flush();
        }

        try
        {
            return await input.ReadLineAsync(context.Cancelled);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static async Task Settle((ProducerRecord Record, Task<Delivery> Delivery) sent, string topic, bool sync, CliContext context)
    {
        try
        {
            await sent.Delivery;
        }
        catch (BrokerException refused) when (!sync)
        {
            Tell(topic, sent.Record, refused, context);
        }
        catch (BrokerException refused)
        {
            throw new ToolException(Clients.Describe(refused));
        }
    }

    private static void Tell(string topic, ProducerRecord record, BrokerException refused, CliContext context)
    {
        context.Error.WriteLine(
            $"Error when sending message to topic {topic} with key: {Size(record.Key)}, value: {Size(record.Value)} with error:");
        context.Error.WriteLine(Clients.Describe(refused));
    }

    private static string Size(ReadOnlyMemory<byte>? bytes) => bytes is { } present ? $"{present.Length} bytes" : "null";

    private Dictionary<string, string> ReaderProperties(ParsedOptions options, CliContext context)
    {
        var chosen = Deprecated.Choose(options, _options.ReaderProperty, _options.Property, context.Out);
        var reader = options.Text(_options.LineReader)!;
        if (reader != _options.LineReader.Default)
            throw new ToolException($"There is no line reader {reader} in this program; leave --line-reader out");
        var properties = options.Text(_options.ReaderConfig) is { } file ? PropertyList.ReadFile(file, context) : [];
        PropertyList.Add(properties, options.All(chosen));
        return properties;
    }

    private Producer Connect(ParsedOptions options, CliContext context)
    {
        var settings = new ClientSettings(Settings(options, context));
        try
        {
            return new Producer(ClientOptions.From(settings), ProducerOptions.From(settings), Clients.Platform(context));
        }
        catch (SettingException unfit)
        {
            throw new ToolException(unfit.Message);
        }
    }

    private Dictionary<string, string> Settings(ParsedOptions options, CliContext context)
    {
        var fileOption = Deprecated.Choose(options, _options.CommandConfig, _options.ProducerConfig, context.Out);
        var propertyOption = Deprecated.Choose(options, _options.CommandProperty, _options.ProducerProperty, context.Out);
        var settings = options.Text(fileOption) is { } file ? PropertyList.ReadFile(file, context) : [];
        PropertyList.Add(settings, options.All(propertyOption));
        settings["bootstrap.servers"] = options.Text(_options.BootstrapServer)!;
        if (options.Has(_options.CompressionCodec))
            settings["compression.type"] = options.Text(_options.CompressionCodec) is { Length: > 0 } codec ? codec : "gzip";
        settings.TryAdd("client.id", "console-producer");
        foreach (var (option, setting) in _options.Settings)
        {
            var given = options.Text(option)!;
            if (options.Has(option) || !settings.ContainsKey(setting)) settings[setting] = given;
        }

        if (options.Has(_options.MaxPartitionMemoryBytes)) settings["batch.size"] = options.Text(_options.MaxPartitionMemoryBytes)!;
        return settings;
    }
}
