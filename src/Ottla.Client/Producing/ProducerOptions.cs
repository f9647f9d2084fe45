using Ottla.Client.Settings;
using Ottla.Protocol.Batches;

namespace Ottla.Client.Producing;

/// <summary>How many copies must be written before the broker answers.</summary>
public enum Acks : short
{
    All = -1,

    /// <summary>The broker does not answer at all; a delivery has no offset.</summary>
    None = 0,

    /// <summary>The leader's alone.</summary>
    Leader = 1,
}

/// <summary>How a producer sends. Defaults are Apache Kafka's.</summary>
public sealed record ProducerOptions
{
    public Acks Acks { get; init; } = Acks.All;

    /// <summary>The broker drops what a retry sends twice and keeps the order (KIP-98). Needs <see cref="Acks.All"/>.</summary>
    public bool Idempotent { get; init; } = true;

    /// <summary>A batch is sent once it has this many bytes, uncompressed; a single larger record goes alone.</summary>
    public int BatchSizeBytes { get; init; } = 16_384;

    /// <summary>How long a batch that is not full waits for more records.</summary>
    public int LingerMs { get; init; } = 5;

    public CompressionType Compression { get; init; } = CompressionType.None;

    /// <summary>Records that wait to be sent or answered take at most this many bytes; then <see cref="Producer.Enqueue"/> waits.</summary>
    public int BufferBytes { get; init; } = 32 << 20;

    /// <summary>How long <see cref="Producer.Enqueue"/> may wait for the topic's metadata and for room in the buffer.</summary>
    public int MaxBlockMs { get; init; } = 60_000;

    /// <summary>How long a record may take from the call to its answer, with all retries.</summary>
    public int DeliveryTimeoutMs { get; init; } = 120_000;

    /// <summary>How often a batch is sent again after an error that may pass.</summary>
    public int Retries { get; init; } = int.MaxValue;

    /// <summary>One request takes at most this many bytes of records.</summary>
    public int MaxRequestSizeBytes { get; init; } = 1 << 20;

    /// <summary>Requests under way to one broker.</summary>
    public int MaxInFlightPerBroker { get; init; } = 5;

    /// <summary>Reads the producer's settings by their Kafka names (`acks`, `linger.ms`, `compression.type`, ...).</summary>
    /// <exception cref="SettingException">A value is not allowed, or asks for what this client cannot do.</exception>
    public static ProducerOptions From(ClientSettings settings)
    {
        if (settings.TextOrNull("transactional.id") is not null)
            throw new SettingException("transactional.id is set, and this producer has no transactions: leave it out");
        var acks = settings.OneOf("acks", "all", "all", "-1", "0", "1") switch { "0" => Acks.None, "1" => Acks.Leader, _ => Acks.All };
        var idempotent = settings.Bool("enable.idempotence", acks == Acks.All);
        if (idempotent && acks != Acks.All)
            throw new SettingException(
                "Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.");
        return new ProducerOptions
        {
            Acks = acks,
            Idempotent = idempotent,
            BatchSizeBytes = settings.Int("batch.size", 16_384, 0),
            LingerMs = settings.Int("linger.ms", 5, 0),
            Compression = CompressionOf(settings.OneOf("compression.type", "none", "none", "gzip", "snappy", "lz4", "zstd")),
            BufferBytes = settings.Int("buffer.memory", 32 << 20, 0),
            MaxBlockMs = settings.Int("max.block.ms", 60_000, 0),
            DeliveryTimeoutMs = settings.Int("delivery.timeout.ms", 120_000, 0),
            Retries = settings.Int("retries", int.MaxValue, 0),
            MaxRequestSizeBytes = settings.Int("max.request.size", 1 << 20, 0),
            MaxInFlightPerBroker = settings.Int("max.in.flight.requests.per.connection", 5, 1),
        };
    }

    private static CompressionType CompressionOf(string name) => name switch
    {
        "gzip" => CompressionType.Gzip,
        "snappy" => CompressionType.Snappy,
        "lz4" => CompressionType.Lz4,
        "zstd" => CompressionType.Zstd,
        _ => CompressionType.None,
    };
}
