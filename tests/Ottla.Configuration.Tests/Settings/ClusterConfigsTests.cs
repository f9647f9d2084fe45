using System.Runtime.CompilerServices;
using Ottla.Configuration.Catalogs;

namespace Ottla.Configuration.Tests.Settings;

/// <summary>The configs about quorum, replication, heartbeats, elections and directories: what has become of each.</summary>
public sealed class ClusterConfigsTests
{
    private static readonly string[] Beginnings =
    [
        "controller.", "replica.", "broker.", "replication.", "alter.log.dirs.", "leader.", "follower.replication.", "unclean.", "metadata.",
        "internal.metadata.", "num.replica.", "num.recovery.", "initial.broker.", "controlled.", "auto.leader.", "log.dir", "cordoned.", "min.insync.",
        "default.replication.", "server.max.", "early.start.", "socket.connection.", "request.timeout.", "process.roles", "node.id",
    ];

    /// <summary>Whoever makes one of these work adds it to <see cref="Obeyed"/> and takes it out of here, in one commit.</summary>
    private const string NotObeyedYet = """
        alter.log.dirs.replication.quota.window.num alter.log.dirs.replication.quota.window.size.seconds
        initial.broker.registration.timeout.ms
        controller.performance.always.log.threshold.ms controller.performance.sample.period.ms
        controller.quorum.append.linger.ms
        controller.quota.window.num controller.quota.window.size.seconds
        controller.socket.timeout.ms request.timeout.ms socket.connection.setup.timeout.ms socket.connection.setup.timeout.max.ms
        early.start.listeners server.max.startup.time.ms
        internal.metadata.delete.delay.millis internal.metadata.log.segment.bytes internal.metadata.max.batch.size.in.bytes
        replication.quota.window.num replication.quota.window.size.seconds
        num.replica.alter.log.dirs.threads
        replica.socket.receive.buffer.bytes
        """;

    [Fact]
    public void Those_that_are_not_obeyed_yet_are_listed_and_no_others() =>
        Assert.Equal(NotObeyedYet.Split([' ', '\n']).Order(), OfClusters().Where(name => !Obeyed.ByBroker(name)).Order());

    [Fact]
    public void Each_has_a_place_among_the_typed_settings()
    {
        var settings = string.Concat(Directory.EnumerateFiles(SettingsFolder(), "*.cs").Select(File.ReadAllText));
        Assert.DoesNotContain(OfClusters(), name => !settings.Contains($"\"{name}\"") && !WaitsForQuotas(name));
    }

    // The windows of a quota of clients are read where quotas are enforced.
    private static bool WaitsForQuotas(string name) => name.StartsWith("controller.quota.", StringComparison.Ordinal);

    private static IEnumerable<string> OfClusters() =>
        BrokerConfigs.Catalog.All.ToArray().Select(definition => definition.Name).Where(name => Array.Exists(Beginnings, name.StartsWith));

    private static string SettingsFolder([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "src", "Ottla.Configuration", "Settings");
}
