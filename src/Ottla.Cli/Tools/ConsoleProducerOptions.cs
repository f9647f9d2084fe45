using Ottla.Cli.Options;

namespace Ottla.Cli.Tools;

/// <summary>The options of `console-producer`, and the producer's settings that they stand for.</summary>
internal sealed class ConsoleProducerOptions(OptionParser parser)
{
    public Option Topic { get; } = parser.Value("topic", "String: topic", "The topic to send to.", required: true);

    public Option BootstrapServer { get; } =
        parser.Value("bootstrap-server", "String: server to connect to", "The brokers to connect to first, HOST:PORT,...", required: true);

    public Option Sync { get; } = parser.Flag("sync", "Wait for each record's answer before the next is sent.");

    public Option CompressionCodec { get; } =
        parser.OptionalValue("compression-codec", "String: codec", "none, gzip, snappy, lz4 or zstd; gzip where no codec is named.");

    public Option LineReader { get; } = parser.Value("line-reader", "String: reader class",
        "What reads lines; this program has the one of the default.", "org.apache.kafka.tools.LineMessageReader");

    public Option ReaderProperty { get; } = parser.Value(
        "reader-property", "String: prop",
            "How lines are read: parse.key, key.separator, parse.headers, headers.delimiter, headers.separator, headers.key.separator, "
            + "null.marker, ignore.error.");

    public Option ReaderConfig { get; } = parser.Value("reader-config", "String: config file", "A file of such properties.");

    public Option Property { get; } = parser.Value("property", "String: prop", "Deprecated: --reader-property.");

    public Option CommandProperty { get; } =
        parser.Value("command-property", "String: producer_prop", "A setting of the producer, NAME=VALUE.");

    public Option ProducerProperty { get; } = parser.Value("producer-property", "String: producer_prop", "Deprecated: --command-property.");

    public Option CommandConfig { get; } = parser.Value("command-config", "String: config file", "A file of settings of the producer.");

    public Option ProducerConfig { get; } = parser.Value("producer.config", "String: config file", "Deprecated: --command-config.");

    public Option MaxPartitionMemoryBytes { get; } =
        parser.Value("max-partition-memory-bytes", "Integer: memory in bytes per partition", "Deprecated: --batch-size.", "16384");

    /// <summary>Options that stand for one setting each: the option wins where it is given, then the setting, then the option's
    /// default.</summary>
    public (Option Option, string Setting)[] Settings { get; } =
    [
        (parser.Value("batch-size", "Integer: size", "Bytes of a batch.", "16384"), "batch.size"),
        (parser.Value("message-send-max-retries", "Integer", "How often a batch is sent again after an error that may pass.", "3"),
            "retries"),
        (parser.Value("retry-backoff-ms", "Long", "Wait before a retry.", "100"), "retry.backoff.ms"),
        (parser.Value("timeout", "Long: timeout_ms", "How long a batch waits for more records.", "1000"), "linger.ms"),
        (parser.Value("request-required-acks", "String: request required acks",
            "0, 1, or all (-1): how many copies are written before a record counts as sent.", "-1"), "acks"),
        (parser.Value("request-timeout-ms", "Integer: request timeout ms", "How long to wait for an answer.", "1500"),
            "request.timeout.ms"),
        (parser.Value("metadata-expiry-ms", "Long: metadata expiration interval", "How old metadata may become.", "300000"),
            "metadata.max.age.ms"),
        (parser.Value("max-block-ms", "Long: max block on send", "How long to wait for metadata and room in the buffer.", "60000"),
            "max.block.ms"),
        (parser.Value("max-memory-bytes", "Long: total memory in bytes", "Bytes of records that may wait.", "33554432"), "buffer.memory"),
        (parser.Value("socket-buffer-size", "Integer: size", "Size of the TCP send buffer.", "102400"), "send.buffer.bytes"),
    ];
}
