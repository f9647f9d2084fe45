using Ottla.Client.Tests.EndToEnd;
using Ottla.Runtime.Files;

namespace Ottla.Cli.Tests.Tools;

/// <summary>The tools against a real node in this process.</summary>
public sealed class NodeTests(TestNode node) : IClassFixture<TestNode>
{
    private const string Patience = "30000";

    [Fact]
    public async Task A_topic_is_created_listed_described_grown_and_deleted()
    {
        Assert.Equal((0, "Created topic a-topic.\n", ""), Parts(await Topics("--create", "--topic", "a-topic", "--partitions", "2")));
        var again = await Topics("--create", "--topic", "a-topic");
        Assert.Equal((1, "Error while executing topic command : Topic 'a-topic' already exists.\n"), (again.Status, again.Out));
        Assert.StartsWith("TOPIC_ALREADY_EXISTS", again.Error);
        Assert.Equal((0, "", ""), Parts(await Topics("--create", "--topic", "a-topic", "--if-not-exists")));
        Assert.Equal("a-topic\n", (await Topics("--list", "--topic", "a-.*")).Out);
        Assert.Equal((0, "", ""), Parts(await Topics("--alter", "--topic", "a-topic", "--partitions", "3")));
        var described = await Topics("--describe", "--topic", "a-topic");
        Assert.Matches("^Topic: a-topic\tTopicId: .{22}\tPartitionCount: 3\tReplicationFactor: 1\tConfigs: ", described.Lines[0]);
        Assert.Equal(Enumerable.Range(0, 3).Select(p =>
            $"\tTopic: a-topic\tPartition: {p}\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: "), described.Lines.Skip(1));
        Assert.Equal((0, "", ""), Parts(await Topics("--describe", "--topic", "a-topic", "--under-replicated-partitions")));
        Assert.Equal((0, "", ""), Parts(await Topics("--delete", "--topic", "a-topic")));
        var gone = await Topics("--describe", "--topic", "a-topic");
        Assert.Equal((1, "Error while executing topic command : Topic 'a-topic' does not exist as expected\n"), (gone.Status, gone.Out));
        Assert.Equal((0, "", ""), Parts(await Topics("--delete", "--topic", "a-topic", "--if-exists")));
    }

    [Fact]
    public async Task Lines_go_in_and_come_out_again()
    {
        Assert.Equal((0, "", ""), Parts(await Produce("lines", "one\ntwo\n\nvier ü\n")));
        var run = await Consume("lines", "--from-beginning", "--max-messages", "4");
        Assert.Equal((0, "one\ntwo\n\nvier ü\n", "Processed a total of 4 messages\n"), Parts(run));
        Assert.Equal("\nvier ü\n", (await Consume("lines", "--partition", "0", "--offset", "2", "--max-messages", "2")).Out);
    }

    [Fact]
    public async Task Keys_headers_and_nulls_go_in_and_come_out_again()
    {
        await Produce("rich", "h:x\tk\tv\nh:y\tNIL\tNIL\n", "--sync", "--reader-property", "parse.key=true", "--reader-property",
            "parse.headers=true", "--reader-property", "null.marker=NIL");
        var run = await Consume("rich", "--from-beginning", "--max-messages", "2", "--formatter-property", "print.key=true",
            "--formatter-property", "print.headers=true");
        Assert.Equal("h:x\tk\tv\nh:y\tnull\tnull\n", run.Out);
    }

    [Fact]
    public async Task A_group_goes_on_behind_the_last_record_that_was_printed()
    {
        await Produce("grouped", "1\n2\n3\n4\n");
        Assert.Equal("1\n2\n", (await Consume("grouped", "--group", "g", "--from-beginning", "--max-messages", "2")).Out);
        Assert.Equal("3\n4\n", (await Consume("grouped", "--group", "g", "--max-messages", "2")).Out);
    }

    [Fact]
    public async Task Topics_that_a_pattern_matches_are_read_together()
    {
        await Produce("part-a", "a\n");
        await Produce("part-b", "b\n");
        var run = await ToolRun.Of("console-consumer", "--bootstrap-server", node.Address, "--include", "part-.*", "--from-beginning",
            "--max-messages", "2", "--timeout-ms", Patience);
        Assert.Equal(["a", "b"], run.Lines.Order());
    }

    [Fact]
    public async Task Running_into_the_time_out_ends_with_status_0()
    {
        await Produce("short", "only\n");
        var run = await ToolRun.Of("console-consumer", "--bootstrap-server", node.Address, "--topic", "short", "--partition", "0",
            "--offset", "earliest", "--timeout-ms", "1500");
        Assert.Equal((0, "only\n"), (run.Status, run.Out));
        Assert.EndsWith("Processed a total of 1 messages\n", run.Error);
    }

    [Fact]
    public async Task A_record_that_is_refused_is_told_and_the_status_stays_0()
    {
        var run = await Produce("bad topic", "never\n");
        Assert.Equal(0, run.Status);
        Assert.Contains("Error when sending message to topic bad topic with key: null, value: 5 bytes", run.Error);
        Assert.Contains("INVALID_TOPIC_EXCEPTION", run.Error);
    }

    private static (int Status, string Out, string Error) Parts(ToolRun run) => (run.Status, run.Out, run.Error);

    private Task<ToolRun> Topics(params string[] args) => ToolRun.Of("topics", ["--bootstrap-server", node.Address, .. args]);

    private Task<ToolRun> Produce(string topic, string lines, params string[] args) =>
        ToolRun.Of(new MemoryFileSystem(), lines, "console-producer", ["--bootstrap-server", node.Address, "--topic", topic, .. args]);

    private Task<ToolRun> Consume(string topic, params string[] args) =>
        ToolRun.Of("console-consumer", ["--bootstrap-server", node.Address, "--topic", topic, "--timeout-ms", Patience, .. args]);
}
