namespace Ottla.Broker.Coordination;

/// <summary>Every bound of the group coordinator and where it comes from. What users may set stands in
/// <see cref="GroupSettings"/>.</summary>
internal static class Limits
{
    /// <summary>How long a member that joins for the first time may wait for its answer. It does not know its id yet, so it can't send
    /// heartbeats; Kafka's bound, so that a client that gave up does not hold a group open for longer.</summary>
    public const int NewMemberJoinTimeoutMs = 5 * 60 * 1000;

    /// <summary>Records of one append. Keeps a batch of a turn far below the smallest useful `max.message.bytes` while it holds dozens of
    /// commits.</summary>
    public const int RecordsPerAppendMax = 5_000;

    /// <summary>Bytes of records that decisions share one append with: half of the default bound of a batch (1 MiB).</summary>
    public const int BytesPerAppendMax = 512 * 1024;

    /// <summary>Bytes of a batch before its first record.</summary>
    public const int BatchFrameBytes = 61;

    /// <summary>Bytes of a record beside key and value: its length, attributes, time and offset, two lengths and the count of headers, each
    /// at its longest.</summary>
    public const int RecordFrameBytesMax = 36;

    /// <summary>Steps of the brain that share one append; then what waited longest gets its answer first.</summary>
    public const int StepsPerAppendMax = 1_000;

    /// <summary>Bytes of one read while a partition is loaded, unless a batch has more: a read is one step of the loop, and requests wait
    /// for it.</summary>
    public const int LoadReadBytes = 1 << 20;

    /// <summary>Characters of a regular expression that a member subscribes with: what a string of the protocol holds, and a hundred names
    /// of topics.</summary>
    public const int SubscriptionRegexCharsMax = 32 * 1024;

    /// <summary>Steps of the program that such an expression becomes: an alternative for each character of the longest, or a repetition of
    /// a thousand times. Kafka writes out what would fill its memory.</summary>
    public const int PatternStepsMax = 40_000;

    /// <summary>How deep groups and repetitions of an expression may stand in each other: what is written as a tree is read with the
    /// thread's stack.</summary>
    public const int PatternDepthMax = 500;

    /// <summary>States that an expression keeps while names are matched, half a KiB each; then it forgets them and goes on.</summary>
    public const int PatternStatesMax = 2_000;

    /// <summary>How often at most a group's regular expressions are matched anew because topics came or went: Kafka's bound.</summary>
    public const int RegexRefreshMinIntervalMs = 10_000;

    /// <summary>The longest member id, in bytes: what a string of the protocol holds, so that answers and records can carry it.</summary>
    public const int MemberIdBytesMax = short.MaxValue;
}
