namespace Ottla.Cli.Tests.Tools;

/// <summary>Command lines that end before anybody is asked: no node is needed.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("Command must include exactly one action: --list, --describe, --create, --alter or --delete", "--bootstrap-server", "x:1")]
    [InlineData("Command must include exactly one action: --list, --describe, --create, --alter or --delete", "--bootstrap-server", "x:1",
        "--list", "--describe")]
    [InlineData("--bootstrap-server must be specified", "--list")]
    [InlineData("Missing required argument \"[topic]\"", "--bootstrap-server", "x:1", "--create")]
    [InlineData("Missing required argument \"[topic]\"", "--bootstrap-server", "x:1", "--delete", "--topic-id", "AAAAAAAAAAAAAAAAAAAABQ")]
    [InlineData("Missing required argument \"[partitions]\"", "--bootstrap-server", "x:1", "--alter", "--topic", "t")]
    [InlineData("Option combination \"[[bootstrap-server], [config]]\" can't be used with option \"[alter]\"", "--bootstrap-server", "x:1",
        "--alter", "--topic", "t", "--config", "a=b")]
    [InlineData("Option \"[replica-assignment]\" can't be used with option \"[partitions]\"", "--bootstrap-server", "x:1", "--create",
        "--topic", "t", "--partitions", "1", "--replica-assignment", "1")]
    [InlineData("Option \"[partitions]\" can't be used with option \"[list]\"", "--bootstrap-server", "x:1", "--list", "--partitions", "2")]
    [InlineData("Option \"[if-exists]\" can't be used with option \"[create]\"", "--bootstrap-server", "x:1", "--create", "--topic", "t",
        "--if-exists")]
    [InlineData("Option \"[under-min-isr-partitions]\" can't be used with option \"[topics-with-overrides]\"", "--bootstrap-server", "x:1",
        "--describe", "--topics-with-overrides", "--under-min-isr-partitions")]
    [InlineData("Invalid url in bootstrap.servers: nonsense", "--bootstrap-server", "nonsense", "--list")]
    [InlineData("/none.properties", "--bootstrap-server", "x:1", "--list", "--command-config", "/none.properties")]
    public Task Topics_says_what_does_not_fit(string part, params string[] args) => Says(part, "topics", args);

    [Theory]
    [InlineData("Missing required argument \"[topic]\"", "--bootstrap-server", "x:1")]
    [InlineData("bootstrap address", "--topic", "t")]
    [InlineData("Option bootstrap-server requires an argument", "--bootstrap-server")]
    [InlineData("Options --command-property and --producer-property cannot be specified together.", "--bootstrap-server", "x:1", "--topic",
        "t", "--command-property", "a=b", "--producer-property", "a=b")]
    [InlineData("Invalid value 7 for configuration acks", "--bootstrap-server", "x:1", "--topic", "t", "--request-required-acks", "7")]
    [InlineData("Invalid value brotli for configuration compression.type", "--bootstrap-server", "x:1", "--topic", "t",
        "--compression-codec", "brotli")]
    [InlineData("Invalid value soon for configuration linger.ms", "--bootstrap-server", "x:1", "--topic", "t", "--command-property",
        "linger.ms=soon")]
    [InlineData("my.Reader", "--bootstrap-server", "x:1", "--topic", "t", "--line-reader", "my.Reader")]
    public Task Console_producer_says_what_does_not_fit(string part, params string[] args) => Says(part, "console-producer", args);

    [Theory]
    [InlineData("Missing required argument \"[bootstrap-server]\"", "--topic", "t")]
    [InlineData("Exactly one of the following arguments is required: [topic], [include]", "--bootstrap-server", "x:1")]
    [InlineData("Exactly one of the following arguments is required: [topic], [include]", "--bootstrap-server", "x:1", "--topic", "t",
        "--include", "t")]
    [InlineData("The partition is required when offset is specified.", "--bootstrap-server", "x:1", "--topic", "t", "--offset", "2")]
    [InlineData("The provided offset value '-2' is incorrect.", "--bootstrap-server", "x:1", "--topic", "t", "--partition", "0", "--offset",
        "-2")]
    [InlineData("Options from-beginning and offset cannot be specified together.", "--bootstrap-server", "x:1", "--topic", "t",
        "--partition", "0", "--offset", "1", "--from-beginning")]
    [InlineData("Detected group ids: 'g1', 'g3'", "--bootstrap-server", "x:1", "--topic", "t", "--group", "g1", "--command-property",
        "group.id=g3")]
    [InlineData("'auto.offset.reset=latest'", "--bootstrap-server", "x:1", "--topic", "t", "--from-beginning", "--command-property",
        "auto.offset.reset=latest")]
    [InlineData("no.such.Formatter", "--bootstrap-server", "x:1", "--topic", "t", "--formatter", "no.such.Formatter")]
    [InlineData("Options --property and --formatter-property cannot be specified together.", "--bootstrap-server", "x:1", "--topic", "t",
        "--property", "a=b", "--formatter-property", "c=d")]
    [InlineData("Found multiple arguments for option timeout-ms", "--bootstrap-server", "x:1", "--topic", "t", "--timeout-ms", "1",
        "--timeout-ms", "2")]
    [InlineData("Invalid value read_nothing for configuration isolation.level", "--bootstrap-server", "x:1", "--topic", "t",
        "--isolation-level", "read_nothing")]
    public Task Console_consumer_says_what_does_not_fit(string part, params string[] args) => Says(part, "console-consumer", args);

    private static async Task Says(string part, string verb, string[] args)
    {
        var run = await ToolRun.Of(verb, args);
        Assert.Equal(1, run.Status);
        Assert.Contains(part, run.Error);
        Assert.Equal("", run.Out);
    }
}
