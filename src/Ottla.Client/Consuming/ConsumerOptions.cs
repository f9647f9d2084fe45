using Ottla.Client.Settings;

namespace Ottla.Client.Consuming;

/// <summary>Where to begin in a partition without a committed offset, or whose offset is gone.</summary>
public enum AutoOffsetReset
{
    Latest,
    Earliest,

    /// <summary>Do not begin: <see cref="Consumer.Poll"/> throws.</summary>
    None,
}

public enum IsolationLevel : sbyte
{
    ReadUncommitted = 0,

    /// <summary>Records of open transactions are not read yet, those of aborted ones never (KIP-98).</summary>
    ReadCommitted = 1,
}

/// <summary>How a consumer reads. Defaults are Apache Kafka's.</summary>
public sealed record ConsumerOptions
{
    /// <summary>Null for a consumer that belongs to no group: it takes the partitions that it is told and commits nothing.</summary>
    public string? GroupId { get; init; }

    /// <summary>Makes a static member (KIP-345): after a restart it gets its partitions back without a rebalance.</summary>
    public string? GroupInstanceId { get; init; }

    public AutoOffsetReset AutoOffsetReset { get; init; } = AutoOffsetReset.Latest;

    public bool AutoCommit { get; init; } = true;

    public int AutoCommitIntervalMs { get; init; } = 5_000;

    public IsolationLevel IsolationLevel { get; init; } = IsolationLevel.ReadUncommitted;

    /// <summary>Reading an unknown topic makes it, where the broker allows.</summary>
    public bool AllowAutoCreateTopics { get; init; } = true;

    public int FetchMinBytes { get; init; } = 1;

    public int FetchMaxBytes { get; init; } = 50 << 20;

    public int FetchMaxWaitMs { get; init; } = 500;

    public int MaxPartitionFetchBytes { get; init; } = 1 << 20;

    /// <summary>Records that one call of <see cref="Consumer.Poll"/> returns at most.</summary>
    public int MaxPollRecords { get; init; } = 500;

    /// <summary>A member that does not poll for so long leaves its group.</summary>
    public int MaxPollIntervalMs { get; init; } = 300_000;

    public int SessionTimeoutMs { get; init; } = 45_000;

    public int HeartbeatIntervalMs { get; init; } = 3_000;

    /// <summary>How the group's leader deals out partitions, by preference: `range`, `roundrobin`.</summary>
    public IReadOnlyList<string> Assignors { get; init; } = ["range"];

    public string RackId { get; init; } = "";

    /// <summary>Topics of the cluster itself are not matched by a pattern.</summary>
    public bool ExcludeInternalTopics { get; init; } = true;

    /// <summary>The fetched bytes are checked against their checksums.</summary>
    public bool CheckCrcs { get; init; } = true;

    /// <summary>Reads the consumer's settings by their Kafka names (`group.id`, `auto.offset.reset`, ...).</summary>
    /// <exception cref="SettingException">A value is not allowed.</exception>
    public static ConsumerOptions From(ClientSettings settings) => new()
    {
        GroupId = settings.TextOrNull("group.id"),
        GroupInstanceId = settings.TextOrNull("group.instance.id"),
        AutoOffsetReset = settings.OneOf("auto.offset.reset", "latest", "latest", "earliest", "none") switch
        {
            "earliest" => AutoOffsetReset.Earliest,
            "none" => AutoOffsetReset.None,
            _ => AutoOffsetReset.Latest,
        },
        AutoCommit = settings.Bool("enable.auto.commit", true),
        AutoCommitIntervalMs = settings.Int("auto.commit.interval.ms", 5_000, 0),
        IsolationLevel = settings.OneOf("isolation.level", "read_uncommitted", "read_committed", "read_uncommitted") == "read_committed"
            ? IsolationLevel.ReadCommitted : IsolationLevel.ReadUncommitted,
        AllowAutoCreateTopics = settings.Bool("allow.auto.create.topics", true),
        FetchMinBytes = settings.Int("fetch.min.bytes", 1, 0),
        FetchMaxBytes = settings.Int("fetch.max.bytes", 50 << 20, 0),
        FetchMaxWaitMs = settings.Int("fetch.max.wait.ms", 500, 0),
        MaxPartitionFetchBytes = settings.Int("max.partition.fetch.bytes", 1 << 20, 0),
        MaxPollRecords = settings.Int("max.poll.records", 500, 1),
        MaxPollIntervalMs = settings.Int("max.poll.interval.ms", 300_000, 1),
        SessionTimeoutMs = settings.Int("session.timeout.ms", 45_000, 0),
        HeartbeatIntervalMs = settings.Int("heartbeat.interval.ms", 3_000, 1),
        Assignors = AssignorsOf(settings.Text("partition.assignment.strategy", "range")),
        RackId = settings.Text("client.rack", ""),
        ExcludeInternalTopics = settings.Bool("exclude.internal.topics", true),
        CheckCrcs = settings.Bool("check.crcs", true),
    };

    private static string[] AssignorsOf(string text)
    {
        var names = new List<string>();
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            names.Add(name switch
            {
                "range" or "org.apache.kafka.clients.consumer.RangeAssignor" => "range",
                "roundrobin" or "org.apache.kafka.clients.consumer.RoundRobinAssignor" => "roundrobin",
                _ => throw new SettingException(
                    $"Invalid value {name} for configuration partition.assignment.strategy: this client has range and roundrobin"),
            });
        }

        return names.Count > 0 ? [.. names] : throw new SettingException(
            "partition.assignment.strategy is empty: range and roundrobin are there");
    }
}
