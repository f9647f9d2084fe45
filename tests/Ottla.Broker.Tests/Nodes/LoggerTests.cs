using Microsoft.Extensions.Logging;
using Ottla.Broker.Cluster;
using Ottla.Configuration.Changes;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Logging;

namespace Ottla.Broker.Tests.Nodes;

/// <summary>A broker's loggers as clients see and turn them. Codes and messages are those of Apache Kafka 4.4.0.</summary>
public sealed class LoggerTests
{
    private const sbyte Logger = 8;
    private const ConfigOperation Set = ConfigOperation.Set;
    private const ConfigOperation Delete = ConfigOperation.Delete;

    [Theory]
    [InlineData("root", Set, "debug", 40,
        "Cannot set the log level of root to debug as it is not a supported log level. Valid log levels are DEBUG, ERROR, FATAL, INFO, TRACE, WARN")]
    [InlineData("root", Set, "OFF", 40,
        "Cannot set the log level of root to OFF as it is not a supported log level. Valid log levels are DEBUG, ERROR, FATAL, INFO, TRACE, WARN")]
    [InlineData("root", Set, null, 42, "Null value not supported for : root")]
    [InlineData("root", Delete, null, 42, "Removing the log level of the root logger is not allowed")]
    [InlineData("nope", Set, "INFO", 40, "Logger nope does not exist!")]
    [InlineData("nope", Delete, null, 40, "Logger nope does not exist!")]
    [InlineData("root", ConfigOperation.Append, "INFO", 42, "APPEND operation is not allowed for the BROKER_LOGGER resource")]
    [InlineData("root", ConfigOperation.Subtract, "INFO", 42, "SUBTRACT operation is not allowed for the BROKER_LOGGER resource")]
    public void A_bad_change_is_refused_and_the_good_one_beside_it_is_not_made(
        string name, ConfigOperation operation, string? value, short code, string message)
    {
        var levels = Levels();
        var refusal = new BrokerLoggers(levels).Alter([new("Listener", Set, "TRACE"), new(name, operation, value)], validateOnly: false);
        Assert.Equal(new((ErrorCode)code, message), refusal);
        Assert.True(levels.TryGet("Listener", out var level));
        Assert.Equal(LogLevel.Information, level);
    }

    [Fact]
    public void A_category_has_the_roots_level_until_it_has_one_of_its_own()
    {
        var levels = Levels();
        var loggers = new BrokerLoggers(levels);
        Assert.Null(loggers.Alter([new("root", Set, "FATAL")], validateOnly: false));
        Assert.Null(loggers.Alter([new("Listener", Set, "TRACE")], validateOnly: false));
        Assert.Null(loggers.Alter([new("Listener", Set, "WARN")], validateOnly: true));
        Assert.Equal([("Listener", "TRACE"), ("Partitions", "FATAL"), ("root", "FATAL")], loggers.Describe(null).Select(entry => (entry.Name, entry.Value!)));
        Assert.Null(loggers.Alter([new("Listener", Delete, null)], validateOnly: false));
        Assert.Equal("FATAL", Assert.Single(loggers.Describe(["Listener", "nope"])).Value);
    }

    [Fact]
    public async Task A_client_turns_the_level_of_a_category_and_a_topics_config_with_one_request()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var topic = await client.CreateTopic("events");
        var request = new IncrementalAlterConfigsRequest
        {
            Resources =
            [
                new() { ResourceType = Logger, ResourceName = "1", Configs = [new() { Name = "Listener", ConfigOperation = 0, Value = "ERROR" }] },
                new() { ResourceType = 2, ResourceName = topic.Name, Configs = [new() { Name = "retention.ms", ConfigOperation = 0, Value = "7" }] },
                new() { ResourceType = Logger, ResourceName = "2", Configs = [new() { Name = "root", ConfigOperation = 0, Value = "ERROR" }] },
            ],
        };
        var altered = await client.Ask<IncrementalAlterConfigsResponse>(request, 1);
        Assert.Equal(
            [("1", ErrorCode.None, null), ("2", ErrorCode.InvalidRequest, "Unexpected node id. Expected 1, but received 2"), ("events", ErrorCode.None, null)],
            altered.Responses.OrderBy(answer => answer.ResourceName, StringComparer.Ordinal)
                .Select(answer => (answer.ResourceName, answer.ErrorCode, answer.ErrorMessage)));
        var described = await client.Ask<DescribeConfigsResponse>(
            new DescribeConfigsRequest { Resources = [new() { ResourceType = Logger, ResourceName = "1", ConfigurationKeys = ["Listener", "root"] }] }, 4);
        Assert.Equal(
            [("Listener", "ERROR", 6), ("root", "INFO", 6)],
            described.Results[0].Configs.Select(config => (config.Name, config.Value!, (int)config.ConfigSource)));
    }

    [Fact]
    public async Task A_logger_that_is_named_twice_is_altered_by_neither()
    {
        await using var node = await TestNode.Start();
        using var client = await node.Connect();
        var one = new IncrementalAlterConfigsRequest.AlterConfigsResource
            { ResourceType = Logger, ResourceName = "1", Configs = [new() { Name = "root", ConfigOperation = 0, Value = "ERROR" }] };
        var altered = await client.Ask<IncrementalAlterConfigsResponse>(new IncrementalAlterConfigsRequest { Resources = [one, one] }, 1);
        Assert.Equal(2, altered.Responses.Count);
        Assert.All(altered.Responses, answer => Assert.Equal("Each resource must appear at most once.", answer.ErrorMessage));
    }

    private static LogLevels Levels()
    {
        using var sink = new LogSink(TimeProvider.System, LogLevel.Information);
        sink.CreateLogger("Ottla.Broker.Net.Listener");
        sink.CreateLogger("Partitions");
        return sink.Levels;
    }
}
