namespace Ottla.Broker.Coordination;

/// <summary>Every bound of the group coordinator and where it comes from. What users may set stands in
/// <see cref="GroupSettings"/>.</summary>
internal static class Limits
{
    /// <summary>
    /// How long a member that joins for the first time may wait for its answer. It does not know its id yet, so it can't send heartbeats;
    /// Kafka's bound, so that a client that gave up does not hold a group open for longer.
    /// </summary>
    public const int NewMemberJoinTimeoutMs = 5 * 60 * 1000;

    /// <summary>Records of one append. Keeps a batch of a turn far below the smallest useful `max.message.bytes` while it holds dozens of
    /// commits.</summary>
    public const int RecordsPerAppendMax = 5_000;

    /// <summary>Bytes of keys and values of one append: half of the default `segment.bytes` bound of a batch (1 MiB).</summary>
    public const int BytesPerAppendMax = 512 * 1024;

    /// <summary>Steps of the brain that share one append; then what waited longest gets its answer first.</summary>
    public const int StepsPerAppendMax = 1_000;

    /// <summary>Characters of a regular expression that a member subscribes with. Longer than a topic name's bound times a hundred
    /// alternatives.</summary>
    public const int SubscriptionRegexCharsMax = 32 * 1024;

    /// <summary>How often at most a group's regular expressions are matched anew because topics came or went: Kafka's bound.</summary>
    public const int RegexRefreshMinIntervalMs = 10_000;
}
