using Ottla.Runtime.Files;

namespace Ottla.Cli.Tests.Tools;

/// <summary>`storage format` for each kind of quorum: what Apache Kafka 4.4.0's own tool said to the same files and options.</summary>
public sealed class StorageFormatTests
{
    private const string Controller = "process.roles=controller\nnode.id=1\nlisteners=CONTROLLER://127.0.0.1:9093\n";
    private const string Broker = "process.roles=broker\nnode.id=2\nlisteners=PLAINTEXT://127.0.0.1:9092\n";
    private const string Both = "process.roles=broker,controller\nnode.id=1\nlisteners=PLAINTEXT://:9092,CONTROLLER://h:9093\n";
    private const string Static = "controller.quorum.voters=1@127.0.0.1:9093\n";
    private const string Dynamic = "controller.quorum.bootstrap.servers=127.0.0.1:9093\n";
    private const string One = "1@127.0.0.1:9093:MkU3OEVBNTcwNTJENDM2QQ";
    private const string Two = "2@h:9093:MkU3OEVBNTcwNTJENDM2Qw";
    private const string KRaft1Needs =
        "Cannot set kraft.version to 1 unless controller.quorum.voters is empty and one of the flags --standalone, --initial-controllers, or "
        + "--no-initial-controllers is used. For dynamic controllers support, try using one of --standalone, --initial-controllers, or "
        + "--no-initial-controllers and removing controller.quorum.voters.";

    private readonly MemoryFileSystem _files = new();

    [Theory]
    [InlineData(Controller + Dynamic, "--standalone", "dynamic metadata voter directory", "4.4-IV2", true)]
    [InlineData(Controller + Dynamic, "--standalone --feature kraft.version=1", "dynamic metadata voter directory", "4.4-IV2", true)]
    [InlineData(Controller + Dynamic, "--no-initial-controllers", "metadata directory", "4.4-IV2", true)]
    [InlineData(Controller + Dynamic, "--initial-controllers " + One + "," + Two, "dynamic metadata voter directory", "4.4-IV2", true)]
    [InlineData(Controller + Dynamic, "--initial-controllers " + Two, "dynamic metadata directory", "4.4-IV2", true)]
    [InlineData(Controller + Static, "--no-initial-controllers", "metadata directory", "4.4-IV2", true)]
    [InlineData(Controller + Static, "--feature kraft.version=0", "metadata directory", "4.4-IV2", true)]
    [InlineData(Broker + Dynamic, "", "metadata directory", "4.4-IV2", false)]
    [InlineData(Broker + Dynamic, "--no-initial-controllers", "metadata directory", "4.4-IV2", false)]
    [InlineData(Broker + Dynamic, "--initial-controllers " + One, "dynamic metadata directory", "4.4-IV2", false)]
    [InlineData(Broker + Static, "", "metadata directory", "4.4-IV2", false)]
    [InlineData(Both + Dynamic, "--standalone --release-version 3.7", "dynamic metadata voter directory", "3.7-IV4", true)]
    [InlineData(Both + Static, "--feature metadata.version=20", "metadata directory", "3.8-IV0", true)]
    [InlineData(Both + Static, "--feature group.version=1 --feature group.version=0", "metadata directory", "4.4-IV2", true)]
    public async Task A_directory_is_formatted_for_its_quorum(string properties, string options, string kind, string version, bool hasSnapshot)
    {
        var run = await Format(properties, options);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.Status);
        Assert.Equal($"Formatting {kind} /data with metadata.version {version}.", run.Lines[^1]);
        Assert.Equal(hasSnapshot, _files.FileExists("/data/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint"));
    }

    [Theory]
    [InlineData(Controller + Dynamic, "",
        "Because controller.quorum.voters is not set on this controller, you must specify one of the following: --standalone, "
        + "--initial-controllers, or --no-initial-controllers.")]
    [InlineData(Controller + Dynamic, "--initial-controllers nonsense", "No @ found in dynamic voter string.")]
    [InlineData(Controller + Dynamic, "--initial-controllers 1@h:9093:short", "Failed to parse directory ID in dynamic voter string.")]
    [InlineData(Controller + Dynamic, "--initial-controllers " + One + "," + One, "Node id 1 was specified more than once.")]
    [InlineData(Controller + Static, "--standalone",
        "You cannot specify controller.quorum.voters and format the node with --initial-controllers or --standalone. If you want to use dynamic "
        + "quorum, please remove controller.quorum.voters and specify controller.quorum.bootstrap.servers instead.")]
    [InlineData(Controller + Static, "--feature kraft.version=1", KRaft1Needs)]
    [InlineData(Controller + Dynamic, "--standalone --feature kraft.version=0",
        "Cannot set kraft.version to 0 if controller.quorum.voters is empty and one of the flags --standalone, --initial-controllers, or "
        + "--no-initial-controllers is used. For dynamic controllers support, try removing the --feature flag for kraft.version.")]
    [InlineData(Broker + Dynamic, "--standalone", "You can only use --standalone on a controller.")]
    [InlineData(Both + Static, "--feature metadata.version=20 --release-version 4.0",
        "Use --release-version instead of --feature metadata.version=X to avoid ambiguity.")]
    [InlineData(Both + Static, "--feature group.version=9", "No feature:group.version with feature level 9")]
    [InlineData(Both + Static, "--feature group.version=x", "Can't parse feature=level string group.version=x: unable to parse x as a short.")]
    [InlineData(Both + Static, "--release-version 3.3 --feature eligible.leader.replicas.version=1",
        "eligible.leader.replicas.version could not be set to 1 because it depends on metadata.version level 23")]
    [InlineData(Both + Static, "--feature metadata.version=99", "No MetadataVersion with feature level 99. Valid feature levels are from 7 to 33.")]
    [InlineData(Both + Dynamic, "--standalone --add-scram SCRAM-SHA-256=[name=a,password=b] --release-version 3.3",
        "SCRAM is only supported in metadata.version 3.5-IV2 or later.")]
    public async Task What_cannot_be_is_refused_and_nothing_is_written(string properties, string options, string error)
    {
        var run = await Format(properties, options);
        Assert.Equal((1, error), (run.Status, run.Error.Split('\n')[0]));
        Assert.False(_files.DirectoryExists("/data"));
    }

    [Fact]
    public async Task A_voter_that_listens_everywhere_is_known_by_the_machines_name()
    {
        var run = await Format(Both.Replace("CONTROLLER://h:", "CONTROLLER://:", StringComparison.Ordinal) + Dynamic, "--standalone");
        Assert.Equal(0, run.Status);
        var snapshot = _files.ReadAll("/data/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint", 1 << 20);
        Assert.True(snapshot.AsSpan().IndexOf("localhost"u8) > 0);
    }

    private Task<ToolRun> Format(string properties, string options)
    {
        _files.CreateDirectory("/etc");
        var text = $"{properties}controller.listener.names=CONTROLLER\nlog.dirs=/data\n";
        _files.Replace("/etc/node.properties", System.Text.Encoding.UTF8.GetBytes(text));
        string[] words = ["format", "-c", "/etc/node.properties", "-t", "MkU3OEVBNTcwNTJENDM2Qg", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        return ToolRun.Of(_files, "", "storage", words);
    }
}
