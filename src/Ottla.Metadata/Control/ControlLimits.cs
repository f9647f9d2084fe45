namespace Ottla.Metadata.Control;

/// <summary>The bounds of the controller and where they come from.</summary>
public static class ControlLimits
{
    /// <summary>Partitions that one request may create, as in Kafka; keeps a batch of records below its 8 MiB.</summary>
    public const int PartitionsPerRequestMax = 10_000;

    /// <summary>Records that one batch of the metadata log may hold, as Kafka's controller bounds it: more are refused where they have to
    /// hold together.</summary>
    public const int RecordsPerBatchMax = 10_000;

    /// <summary>Ids of one block (KIP-730).</summary>
    public const int ProducerIdsPerBlock = 1000;
}
