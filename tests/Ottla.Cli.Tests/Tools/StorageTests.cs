using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Cli.Tests.Tools;

public sealed class StorageTests
{
    private const string Config = "/etc/server.properties";

    private readonly MemoryFileSystem _files = new();

    public StorageTests()
    {
        _files.CreateDirectory("/etc");
        _files.Replace(Config, """
            process.roles=broker,controller
            node.id=1
            controller.quorum.voters=1@127.0.0.1:9093
            controller.listener.names=CONTROLLER
            listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093
            log.dirs=/data/one
            """u8);
    }

    [Fact]
    public async Task A_random_uuid_has_22_characters() =>
        Assert.True(Uuid.TryParse(Assert.Single((await Run("random-uuid")).Lines), out _));

    [Fact]
    public async Task A_directory_is_missing_then_formatted_then_not_formatted_twice()
    {
        var before = await Run("info", "-c", Config);
        Assert.Equal((1, "Found problem:\n  /data/one does not exist\n\n"), (before.Status, before.Out));
        var formatted = await Run("format", "--config", Config, "--cluster-id", "JEXY6aqzQY-32P5TStzaFg");
        Assert.Equal(0, formatted.Status);
        Assert.Equal("Formatting metadata directory /data/one with metadata.version 4.4-IV2.", formatted.Lines[^1]);
        var after = await Run("info", "-c", Config);
        Assert.Equal(0, after.Status);
        Assert.Equal(["Found log directory:", "  /data/one"], after.Lines.Take(2));
        Assert.Matches("^Found metadata: {cluster.id=JEXY6aqzQY-32P5TStzaFg, directory.id=.{22}, node.id=1, version=1}$", after.Lines[2]);
        var twice = await Run("format", "-c", Config, "-t", "JEXY6aqzQY-32P5TStzaFg");
        Assert.Equal(1, twice.Status);
        Assert.Contains("Log directory /data/one is already formatted. Use --ignore-formatted", twice.Error);
        Assert.Equal(["All of the log directories are already formatted."],
            (await Run("format", "-c", Config, "-t", "JEXY6aqzQY-32P5TStzaFg", "-g")).Lines);
        Assert.Contains("Expected other", (await Run("format", "-c", Config, "-t", "other", "-g")).Error);
    }

    [Theory]
    [InlineData("argument --cluster-id/-t is required", "format", "-c", Config)]
    [InlineData("argument --config/-c is required", "info")]
    [InlineData("too few arguments")]
    [InlineData("/etc/none.properties", "info", "-c", "/etc/none.properties")]
    [InlineData("Unsupported feature: no.such", "format", "-c", Config, "-t", "x", "-f", "no.such=1")]
    [InlineData("Can't parse feature=level string level", "format", "-c", Config, "-t", "x", "-f", "level")]
    [InlineData("Unknown metadata.version '1.0'", "format", "-c", Config, "-t", "x", "-r", "1.0")]
    [InlineData("not allowed with argument --standalone/-s", "format", "-c", Config, "-t", "x", "-s", "-N")]
    [InlineData("Unknown feature: no.such", "feature-dependencies", "-f", "no.such=2")]
    [InlineData("Invalid feature format: group.version", "feature-dependencies", "-f", "group.version")]
    [InlineData("Unknown metadata.version '99.0'", "version-mapping", "-r", "99.0")]
    public async Task Errors_name_what_is_wrong_and_leave_everything_as_it_was(string part, params string[] args)
    {
        var run = await Run(args);
        Assert.Equal((1, ""), (run.Status, run.Out));
        Assert.Contains(part, run.Error);
        Assert.False(_files.DirectoryExists("/data/one"));
    }

    [Fact]
    public async Task Levels_of_a_release_and_what_a_level_needs_are_printed()
    {
        Assert.Equal(
            ["metadata.version=21 (3.9)", "kraft.version=1", "transaction.version=0", "group.version=0",
                "eligible.leader.replicas.version=0", "share.version=0", "streams.version=0"],
            (await Run("version-mapping", "--release-version", "3.9")).Lines);
        Assert.Equal(["transaction.version=2 has no dependencies."],
            (await Run("feature-dependencies", "--feature", "transaction.version=2")).Lines);
        Assert.Equal(
            ["eligible.leader.replicas.version=1 requires:", "    metadata.version=23 (4.0-IV1)"],
            (await Run("feature-dependencies", "--feature", "eligible.leader.replicas.version=1")).Lines);
    }

    private Task<ToolRun> Run(params string[] args) => ToolRun.Of(_files, "", "storage", args);
}
