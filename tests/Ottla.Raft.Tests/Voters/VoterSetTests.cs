using Ottla.Protocol.Primitives;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Tests.Voters;

public sealed class VoterSetTests
{
    [Fact]
    public void Static_voters_are_read()
    {
        Assert.Null(VoterSet.TryParseStatic(["1@a.example:9093", " 2@[::1]:9094"], "CONTROLLER", out var voters));
        Assert.Equal(0, voters.KRaftVersion);
        Assert.Equal([new VoterEndpoint("CONTROLLER", "a.example", 9093)], voters.Find(new BrokerId(1))!.Endpoints);
        Assert.Equal([new VoterEndpoint("CONTROLLER", "::1", 9094)], voters.Find(new BrokerId(2))!.Endpoints);
        Assert.Null(voters.Find(new BrokerId(3)));
    }

    [Theory]
    [InlineData("1a.example:9093")]
    [InlineData("@a.example:9093")]
    [InlineData("1@a.example")]
    [InlineData("1@:9093")]
    [InlineData("1@a.example:99999")]
    [InlineData("-1@a.example:1")]
    public void A_static_voter_that_makes_no_sense_is_named(string entry) =>
        Assert.Contains($"'{entry}'", VoterSet.TryParseStatic(["5@ok:1", entry], "C", out _));

    [Fact]
    public void A_voter_is_named_once() => Assert.Contains("twice", VoterSet.TryParseStatic(["1@a:1", "1@b:2"], "C", out _));

    [Fact]
    public void Initial_controllers_carry_their_directories()
    {
        Assert.Null(VoterSet.TryParseInitial("1@a:1:AAAAAAAAAAAAAAAAAAAABQ, 2@b:2:AAAAAAAAAAAAAAAAAAAABg", "C", out var voters));
        Assert.Equal((1, new Uuid(0, 5), new Uuid(0, 6)), (voters.KRaftVersion, voters.Voters[0].DirectoryId, voters.Voters[1].DirectoryId));
    }

    [Theory]
    [InlineData("nonsense", "No @ found in dynamic voter string.")]
    [InlineData("1@a:1:short", "directory")]
    [InlineData("1@a:AAAAAAAAAAAAAAAAAAAABQ", "ID@HOST:PORT:DIRECTORY")]
    [InlineData("1@a:1:AAAAAAAAAAAAAAAAAAAABQ,1@a:1:AAAAAAAAAAAAAAAAAAAABQ", "more than once")]
    public void Initial_controllers_that_make_no_sense_are_refused(string text, string words) =>
        Assert.Contains(words, VoterSet.TryParseInitial(text, "C", out _), StringComparison.OrdinalIgnoreCase);
}
