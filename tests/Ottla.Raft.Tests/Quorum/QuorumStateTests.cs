using System.Text;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.Quorum;

namespace Ottla.Raft.Tests.Quorum;

public sealed class QuorumStateTests
{
    private const string Static =
        """{"clusterId":"","leaderId":7,"leaderEpoch":12,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":7},{"voterId":8}],"data_version":0}""";

    private const string Dynamic = """{"leaderId":7,"leaderEpoch":12,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}""";

    [Theory]
    [InlineData(Static)]
    [InlineData(Dynamic)]
    public void A_file_is_written_as_it_was_read(string json) => Assert.Equal(json, QuorumState.Read(Encoding.UTF8.GetBytes(json)).ToString());

    [Fact]
    public void Version_0_names_the_voters()
    {
        var state = QuorumState.Read(Encoding.UTF8.GetBytes(Static));
        Assert.Equal((0, new BrokerId(7), new LeaderEpoch(12), BrokerId.None), (state.DataVersion, state.Leader, state.Epoch, state.Voted));
        Assert.Equal([7, 8], state.VoterIds);
    }

    [Fact]
    public void White_space_and_fields_from_the_future_are_passed_over()
    {
        var state = QuorumState.Read("""{ "data_version" : 1, "weather": {"a": [1, 2]}, "leaderId": 3, "leaderEpoch": 4 }"""u8);
        Assert.Equal((new BrokerId(3), new LeaderEpoch(4)), (state.Leader, state.Epoch));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"leaderId\":1}")]
    [InlineData("{\"data_version\":2}")]
    [InlineData("{\"data_version\":1,\"leaderId\":\"one\"}")]
    [InlineData("{\"data_version\":1,\"votedDirectoryId\":\"no\"}")]
    [InlineData("{\"data_version\":0,\"currentVoters\":3}")]
    [InlineData("{\"data_version\":1,\"leaderId\":99999999999}")]
    public void Anything_else_is_malformed(string json) => Assert.Throws<MalformedMessageException>(() => QuorumState.Read(Encoding.UTF8.GetBytes(json)));
}
