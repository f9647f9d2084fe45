using Ottla.Configuration.Sources;

namespace Ottla.Configuration.Tests.Sources;

public sealed class StaticConfigTests
{
    [Theory]
    [InlineData("KAFKA_ADVERTISED_LISTENERS", "advertised.listeners")]
    [InlineData("KAFKA_NODE_ID", "node.id")]
    [InlineData("KAFKA_A__B_C", "a_b.c")]
    [InlineData("KAFKA_A___B", "a-b")]
    [InlineData("KAFKA_A____B", "a-.b")]
    [InlineData("KAFKA_LISTENER_NAME_CLIENT_SSL_KEY_PASSWORD", "listener.name.client.ssl.key.password")]
    [InlineData("OTTLA_HTTP_LISTENER", "ottla.http.listener")]
    public void A_variable_sets_the_config_that_it_sets_in_the_official_image(string variable, string name) =>
        Assert.Equal(name, EnvironmentNames.ToConfig(variable));

    [Theory]
    [InlineData("KAFKA_VERSION")]
    [InlineData("KAFKA_HEAP_OPTS")]
    [InlineData("KAFKA_OPTS")]
    [InlineData("KAFKA_JMX_OPTS")]
    [InlineData("KAFKA_JMX_HOSTNAME")]
    [InlineData("KAFKA_JVM_PERFORMANCE_OPTS")]
    [InlineData("KAFKA_GC_LOG_OPTS")]
    [InlineData("KAFKA_LOG4J_OPTS")]
    [InlineData("KAFKA_LOG4J_ROOT_LOGLEVEL")]
    [InlineData("KAFKA_LOG4J_LOGGERS")]
    [InlineData("KAFKA_TOOLS_LOG4J_LOGLEVEL")]
    [InlineData("KAFKA_")]
    [InlineData("CLUSTER_ID")]
    [InlineData("OTTLA")]
    [InlineData("PATH")]
    public void A_variable_for_scripts_and_the_JVM_sets_nothing(string variable) => Assert.Null(EnvironmentNames.ToConfig(variable));

    [Fact]
    public void An_override_beats_the_environment_and_that_beats_the_file()
    {
        var builder = new StaticConfigBuilder();
        Assert.Null(builder.AddOverride("a=override"));
        builder.AddEnvironment([new("KAFKA_A", "environment"), new("KAFKA_B", "environment")]);
        builder.AddFile("server.properties", "a=file\nb=file\nc=file");
        var config = builder.Build();
        Assert.Equal(("override", "environment", "file"), (config["a"], config["b"], config["c"]));
        Assert.Equal("--override", config.OriginOf("a")!.ToString());
        Assert.Equal("environment variable KAFKA_B", config.OriginOf("b")!.ToString());
        Assert.Equal("server.properties, line 3", config.OriginOf("c")!.ToString());
    }

    [Fact]
    public void The_last_of_two_lines_for_one_name_holds_and_both_are_named()
    {
        var config = new StaticConfigBuilder().AddFile("server.properties", "a=1\n\na=2").Build();
        Assert.Equal("2", config["a"]);
        Assert.Equal("a is given twice in server.properties: line 3 holds, line 1 does not.", Assert.Single(config.Warnings));
    }

    [Theory]
    [InlineData("node.id", "broker.id")]
    [InlineData("broker.id", "node.id")]
    public void Node_and_broker_id_stand_for_each_other(string given, string other)
    {
        var config = new StaticConfigBuilder().AddFile("f", given + "=7").Build();
        Assert.Equal("7", config[other]);
        Assert.Equal($"from {given}", config.OriginOf(other)!.ToString());
    }

    [Theory]
    [InlineData("no-equals")]
    [InlineData("=value")]
    public void An_override_without_a_name_or_value_is_refused(string text) =>
        Assert.Equal($"--override {text} is not NAME=VALUE.", new StaticConfigBuilder().AddOverride(text));

    [Fact]
    public void The_value_of_an_override_may_have_equals_signs()
    {
        var builder = new StaticConfigBuilder();
        builder.AddOverride("sasl.jaas.config=x y=z");
        Assert.Equal("x y=z", builder.Build()["sasl.jaas.config"]);
    }
}
