namespace Ottla.Broker.Replication.Following;

/// <summary>What a fetcher asks for at a time, and how it waits.</summary>
internal sealed record FollowerLimits
{
    /// <summary>`replica.fetch.max.bytes`: of one partition, unless its first batch is larger.</summary>
    public int PartitionBytesMax { get; init; } = 1 << 20;

    /// <summary>`replica.fetch.response.max.bytes`.</summary>
    public int ResponseBytesMax { get; init; } = 10 << 20;

    /// <summary>`replica.fetch.min.bytes`.</summary>
    public int BytesMin { get; init; } = 1;

    /// <summary>`replica.fetch.wait.max.ms`.</summary>
    public int WaitMaxMs { get; init; } = 500;

    /// <summary>`replica.fetch.backoff.ms`: the pause after an error.</summary>
    public int BackoffMs { get; init; } = 1_000;

    /// <summary>The first pause after an error that a moment mends: a leader that has not heard of its election yet. Doubles up to
    /// <see cref="BackoffMs"/>. A second here would be a second in which nothing is committed after each election.</summary>
    public int FirstBackoffMs { get; init; } = 10;
}
