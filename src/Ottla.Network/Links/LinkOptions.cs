namespace Ottla.Network.Links;

/// <summary>How one link behaves.</summary>
public sealed record LinkOptions
{
    /// <summary>Named to the peer in each request; its logs and quotas go by it.</summary>
    public required string ClientId { get; init; }

    /// <summary>What introduces itself to the peer (KIP-511).</summary>
    public string SoftwareName { get; init; } = "ottla";

    public int ConnectTimeoutMs { get; init; } = 10_000;

    /// <summary>How long a request waits for its answer unless it says otherwise; then its connection is given up.</summary>
    public int RequestTimeoutMs { get; init; } = 30_000;

    /// <summary>Wait before the peer is connected to again; doubles with each failure up to <see cref="ReconnectBackoffMaxMs"/>.</summary>
    public int ReconnectBackoffMs { get; init; } = 50;

    public int ReconnectBackoffMaxMs { get; init; } = 1_000;

    /// <summary>
    /// Largest answer that is believed. A batch is at most as large as the largest request (100 MiB by default), and a fetch brings one
    /// batch whatever its size, beside 10 MiB of others.
    /// </summary>
    public int AnswerBytesMax { get; init; } = 128 << 20;

    /// <summary>False: each answer owns its memory and lives as long as somebody holds a piece of it.</summary>
    public bool PoolsAnswers { get; init; } = true;

    /// <summary>
    /// Whoever waits for an answer goes on inline on the thread that polls the socket. Half of the CPU, and nothing may block there.
    /// </summary>
    public bool ContinuesInline { get; init; }
}
