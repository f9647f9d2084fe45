using Ottla.Configuration.Sources;
using Ottla.Runtime.Files;

namespace Ottla.Configuration.Tests.Sources;

/// <summary>What stands and what is put in is what Apache Kafka 4.4.0 made of the same files.</summary>
public sealed class ConfigProvidersTests
{
    private const string Providers = """
        config.providers=env,file,d
        config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider
        config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider
        config.providers.d.class=org.apache.kafka.common.config.provider.DirectoryConfigProvider

        """;

    private readonly MemoryFileSystem _files = new();

    public ConfigProvidersTests()
    {
        _files.CreateDirectory("/secrets/below");
        _files.Replace("/secrets/all.properties", "a=secret\nref=${env:HOME}\n"u8);
        _files.Replace("/secrets/one", "one\n"u8);
        _files.Replace("/secrets/below/deep", "deep"u8);
    }

    [Theory]
    [InlineData("${env:HOME}", "/home/me")]
    [InlineData("a${env:HOME}b${env:HOME}c", "a/home/meb/home/mec")]
    [InlineData("${env::HOME}", "/home/me")]
    [InlineData("${file:/secrets/all.properties:a}", "secret")]
    [InlineData("${file:/secrets/all.properties:ref}", "${env:HOME}")]
    [InlineData("${d:/secrets:one}", "one\n")]
    [InlineData("${env:HOME}-${d:/secrets:one}", "/home/me-one\n")]
    public void A_reference_becomes_what_it_names(string text, string value)
    {
        var config = Read($"{Providers}broker.rack={text}");
        Assert.Equal(value, config["broker.rack"]);
        Assert.Empty(config.Errors);
        Assert.Empty(config.Warnings);
    }

    [Theory]
    [InlineData("${env:NOBODY}")]
    [InlineData("${nope:HOME}")]
    [InlineData("${env:}")]
    [InlineData("${file:/secrets/all.properties:zz}")]
    [InlineData("${file:a}")]
    [InlineData("${d:/secrets:two}")]
    [InlineData("${d:/nowhere:one}")]
    [InlineData("${d:/secrets:below/deep}")]
    [InlineData("${d:/secrets/below:..}")]
    public void A_reference_to_nothing_stays_and_is_told(string text)
    {
        var config = Read($"{Providers}broker.rack={text}");
        Assert.Equal(text, config["broker.rack"]);
        Assert.Equal([$"broker.rack: {text} names nothing that there is, and stays as it stands."], config.Warnings);
        Assert.Empty(config.Errors);
    }

    [Theory]
    [InlineData("${env:HOME")]
    [InlineData("$HOME")]
    [InlineData("{env:HOME}")]
    public void What_is_no_reference_stays(string text)
    {
        var config = Read($"{Providers}broker.rack={text}");
        Assert.Equal(text, config["broker.rack"]);
        Assert.Empty(config.Warnings);
    }

    [Theory]
    [InlineData("broker.rack=${env:path:HOME}", "broker.rack: ${env:path:HOME} cannot be read: a variable of the environment has no path.")]
    [InlineData("config.providers.file.param.allowed.paths=/etc/nowhere",
        "config.providers.file.param.allowed.paths=/etc/nowhere is not allowed: /etc/nowhere does not exist.")]
    [InlineData("config.providers.d.param.allowed.paths=secrets",
        "config.providers.d.param.allowed.paths=secrets is not allowed: secrets is no absolute path.")]
    [InlineData("config.providers.env.class=no.such.Class",
        "config.providers.env.class=no.such.Class is not allowed: Ottla has the EnvVarConfigProvider, FileConfigProvider and "
        + "DirectoryConfigProvider of org.apache.kafka.common.config.provider, and takes no classes from outside.")]
    public void What_cannot_be_had_is_refused(string line, string error) => Assert.Equal([error], Read(Providers + line).Errors);

    [Fact]
    public void A_file_that_cannot_be_read_is_an_error_that_names_the_config()
    {
        var error = Assert.Single(Read(Providers + "broker.rack=${file:/secrets/none.properties:a}").Errors);
        Assert.StartsWith("broker.rack: ${file:/secrets/none.properties:a} cannot be read: ", error);
    }

    [Fact]
    public void Only_allowed_paths_and_variables_are_looked_at()
    {
        var config = Read(
            Providers + "config.providers.file.param.allowed.paths=/secrets/below\n"
            + "config.providers.env.param.allowlist.pattern=H.*\na=${file:/secrets/all.properties:a}\nb=${env:HOME}\nc=${env:PATH}\n"
            + "d=${file:/secrets/below/../all.properties:a}");
        Assert.Equal("${file:/secrets/all.properties:a}", config["a"]);
        Assert.Equal("/home/me", config["b"]);
        Assert.Equal("${env:PATH}", config["c"]);
        Assert.Equal("${file:/secrets/below/../all.properties:a}", config["d"]);
    }

    [Fact]
    public void Without_a_class_a_provider_is_none() =>
        Assert.Equal("${env:HOME}", Read("config.providers=env\nbroker.rack=${env:HOME}")["broker.rack"]);

    private StaticConfig Read(string text) => new StaticConfigBuilder().AddFile("f", text)
        .ResolveReferences(_files, new Dictionary<string, string> { ["HOME"] = "/home/me", ["PATH"] = "/bin" }).Build();
}
