namespace Ottla.Metadata.Image;

/// <summary>All that the metadata log says, up to one offset. Immutable; published by one volatile write, read from any thread without a
/// lock.</summary>
/// <remarks>A change copies the paths in the trees that it touches, so the images before and after share all the rest (10,000 partitions
/// take some 2 MiB once).</remarks>
public sealed record MetadataImage
{
    public static readonly MetadataImage Empty = new();

    /// <summary>What the image holds: all records below the end offset.</summary>
    public OffsetAndEpoch Provenance { get; init; } = OffsetAndEpoch.Start;

    /// <summary>Timestamp of the last batch, ms since 1970; 0 for none.</summary>
    public long LastTimestampMs { get; init; }

    public FeaturesImage Features { get; init; } = FeaturesImage.Empty;

    public ClusterImage Cluster { get; init; } = ClusterImage.Empty;

    public TopicsImage Topics { get; init; } = TopicsImage.Empty;

    public ConfigsImage Configs { get; init; } = ConfigsImage.Empty;

    public ClientQuotasImage Quotas { get; init; } = ClientQuotasImage.Empty;

    public ProducerIdsImage ProducerIds { get; init; } = ProducerIdsImage.Empty;

    public SecurityImage Security { get; init; } = SecurityImage.Empty;

    /// <summary>True before the first record of the log: such a cluster has to be given its bootstrap records.</summary>
    public bool IsEmpty => Features.MetadataVersion is null && Topics.Count == 0 && Cluster.Brokers.IsEmpty && Configs.ByResource.IsEmpty;
}
