using Ottla.Configuration.Effective;

namespace Ottla.Configuration.Settings;

/// <summary>The config to blame, and why.</summary>
internal sealed record Complaint(string Name, string Why);

/// <summary>What two configs must not say together. The rules are Kafka's; they hold at start and for every dynamic change.</summary>
internal static class RelationChecks
{
    private const long DedupeBytesPerThreadMin = 1 << 20;

    public static void Judge(EffectiveConfig config, Findings findings)
    {
        foreach (var complaint in Find(config)) findings.Refuse(complaint.Name, complaint.Why);
    }

    public static List<Complaint> Find(EffectiveConfig config)
    {
        var reader = new ConfigReader(config);
        return [.. OfLogs(reader), .. OfReplicas(reader), .. OfConnections(reader), .. OfGroups(reader)];
    }

    /// <summary>What is taken and will not work well; it holds as long as the node runs.</summary>
    public static IEnumerable<string> Doubts(EffectiveConfig config, NodeSettings node)
    {
        var reader = new ConfigReader(config);
        var (heartbeat, session) = (reader.Int("broker.heartbeat.interval.ms"), reader.Int("broker.session.timeout.ms"));
        if (heartbeat > session / 2)
            yield return $"broker.heartbeat.interval.ms ({heartbeat} ms) is more than half of broker.session.timeout.ms ({session} ms): a "
                + "broker whose one heartbeat comes late is taken for dead. Raise the session's time-out on the controllers or lower the "
                + "interval on the brokers.";
        if (node.Voters.Count > 0 && reader.Bool("controller.quorum.auto.join.enable"))
            yield return "controller.quorum.auto.join.enable has no effect beside controller.quorum.voters: those voters are fixed.";
        if (reader.Text("replica.selector.class") is { Length: > 0 } selector && !ReplicationSettings.IsKnownSelector(selector))
            yield return $"replica.selector.class={selector} has no effect: of the classes of others only "
                + $"{ReplicationSettings.RackAwareSelector} is known here. Consumers read from leaders.";
    }

    private static IEnumerable<Complaint> OfLogs(ConfigReader reader)
    {
        foreach (var name in (string[])["log.retention.ms", "log.retention.minutes", "log.retention.hours"])
        {
            if (reader.Config.ValueOf(name) is { IsNull: false } value && value.AsLong() == 0)
                yield return new(name, "it must be -1 (no limit) or at least 1");
        }

        if (CodecCheck.WhyMissing(reader.Text(CodecCheck.Name)) is { } missing) yield return new(CodecCheck.Name, missing.TrimEnd('.'));
        var cordoned = reader.List("cordoned.log.dirs");
        var directories = reader.List(reader.Config.ValueOf("log.dirs").IsNull ? "log.dir" : "log.dirs");
        if (cordoned.Count > 1 && cordoned.Contains("*"))
            yield return new("cordoned.log.dirs", "* is all directories, so nothing may stand beside it");
        else if (cordoned.FirstOrDefault(directory => directory != "*" && !directories.Contains(directory)) is { } unknown)
            yield return new("cordoned.log.dirs", $"{unknown} is none of log.dirs or log.dir");
        if (reader.Long("log.cleaner.dedupe.buffer.size") / Math.Max(1, reader.Int("log.cleaner.threads")) <= DedupeBytesPerThreadMin)
            yield return new("log.cleaner.dedupe.buffer.size", "there must be more than 1 MiB for each of log.cleaner.threads");
    }

    private static IEnumerable<Complaint> OfReplicas(ConfigReader reader)
    {
        var wait = reader.Int("replica.fetch.wait.max.ms");
        if (wait > reader.Int("replica.socket.timeout.ms"))
            yield return new("replica.fetch.wait.max.ms", "it must not be above replica.socket.timeout.ms");
        if (wait > reader.Long("replica.lag.time.max.ms"))
            yield return new("replica.fetch.wait.max.ms", "it must not be above replica.lag.time.max.ms");
        if (reader.Int("offsets.topic.compression.codec") is < 0 or > 4)
            yield return new("offsets.topic.compression.codec", "0 (none), 1 (gzip), 2 (snappy), 3 (lz4) or 4 (zstd)");
    }

    private static IEnumerable<Complaint> OfConnections(ConfigReader reader)
    {
        var queued = reader.Long("queued.max.request.bytes");
        if (queued > 0 && queued < reader.Int("socket.request.max.bytes"))
            yield return new("queued.max.request.bytes", "it must be negative (no limit) or at least socket.request.max.bytes");
        var overrides = NetworkSettings.ReadOverrides(reader.Text("max.connections.per.ip.overrides"), out var wrong);
        if (overrides is null) yield return new("max.connections.per.ip.overrides", $"{wrong} is not HOST:COUNT");
        else if (overrides.Count == 0 && reader.Int("max.connections.per.ip") == 0)
            yield return new("max.connections.per.ip", "0 lets nobody in unless max.connections.per.ip.overrides names somebody");
    }

    private static IEnumerable<Complaint> OfGroups(ConfigReader reader)
    {
        if (!reader.List("group.coordinator.rebalance.protocols").Contains("classic"))
            yield return new("group.coordinator.rebalance.protocols", "classic groups cannot be switched off");
        if (reader.Int("group.max.session.timeout.ms") < reader.Int("group.min.session.timeout.ms"))
            yield return new("group.max.session.timeout.ms", "it must not be below group.min.session.timeout.ms");
        foreach (var kind in (string[])["consumer", "share", "streams"])
        {
            foreach (var config in (string[])["session.timeout.ms", "heartbeat.interval.ms", "assignment.interval.ms"])
            {
                var (least, value, most) = ($"group.{kind}.min.{config}", $"group.{kind}.{config}", $"group.{kind}.max.{config}");
                if (reader.Int(value) < reader.Int(least)) yield return new(value, $"it must not be below {least}");
                if (reader.Int(value) > reader.Int(most)) yield return new(value, $"it must not be above {most}");
            }

            if (reader.Int($"group.{kind}.heartbeat.interval.ms") >= reader.Int($"group.{kind}.session.timeout.ms"))
                yield return new($"group.{kind}.heartbeat.interval.ms", $"it must be below group.{kind}.session.timeout.ms");
        }
    }
}
