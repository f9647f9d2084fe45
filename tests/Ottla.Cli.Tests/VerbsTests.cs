namespace Ottla.Cli.Tests;

public sealed class VerbsTests
{
    [Fact]
    public void The_help_names_every_verb_and_an_unknown_one_is_told_what_there_is()
    {
        var help = new StringWriter();
        Verbs.Help(help);
        var unknown = new StringWriter();
        Verbs.Unknown("topcis", unknown);
        foreach (var verb in new[] { "start", "topics", "console-producer", "console-consumer", "dump-log", "storage" })
        {
            Assert.Contains($"  {verb} ", help.ToString());
            Assert.Contains(verb, unknown.ToString());
            Assert.True(verb == "start" || Verbs.Find(verb) is not null);
        }

        Assert.Contains("'topcis'", unknown.ToString());
        Assert.Null(Verbs.Find("topcis"));
    }

    [Theory]
    [InlineData("topics")]
    [InlineData("console-producer")]
    [InlineData("console-consumer")]
    [InlineData("dump-log")]
    public async Task Help_goes_to_standard_error_with_status_1_and_the_version_to_standard_output_with_0(string verb)
    {
        foreach (var args in new string[][] { [], ["--help"] })
        {
            var help = await ToolRun.Of(verb, args);
            Assert.Equal((1, ""), (help.Status, help.Out));
            Assert.Contains("Option ", help.Error);
            Assert.Contains("--help", help.Error);
        }

        var version = await ToolRun.Of(verb, "--version");
        Assert.Equal((0, Verbs.Version + "\n", ""), (version.Status, version.Out, version.Error));
    }
}
