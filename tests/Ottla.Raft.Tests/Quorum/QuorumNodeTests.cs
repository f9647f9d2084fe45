using System.Text;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Tests.Quorum;

/// <summary>The node of a quorum, driven by scenarios in plain text: each line an input, below it what comes out.</summary>
public sealed class QuorumNodeTests
{
    private static readonly VoterSet _static = new(0, [new Voter(new BrokerId(1), Uuid.Zero, [new VoterEndpoint("CONTROLLER", "localhost", 9093)])]);
    private static readonly VoterSet _dynamic = _static with { KRaftVersion = 1 };

    [Fact]
    public void A_sole_voter_leads_the_epoch_after_the_one_it_knows() => Check(
        new QuorumNode(new BrokerId(1), _static, votersAreInLog: false, QuorumState.None with { Epoch = new LeaderEpoch(4) }, new LeaderEpoch(4)),
        """
        start 20
          save {"clusterId":"","leaderId":1,"leaderEpoch":5,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}
        saved 5
          open epoch 5, leader 1, voters 1
        flushed 21
          commit 21
        flushed 21
        flushed 30
          commit 30
        stop
        flushed 40
        """);

    [Fact]
    public void The_first_epoch_is_1() => Check(
        new QuorumNode(new BrokerId(1), _static, votersAreInLog: false, QuorumState.None, LeaderEpoch.None),
        """
        start 0
          save {"clusterId":"","leaderId":1,"leaderEpoch":1,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}
        saved 1
          open epoch 1, leader 1, voters 1
        """);

    [Fact]
    public void A_lost_quorum_state_does_not_bring_an_old_epoch_back() => Check(
        new QuorumNode(new BrokerId(1), _dynamic, votersAreInLog: true, QuorumState.None, new LeaderEpoch(9)),
        """
        start 100
          save {"leaderId":1,"leaderEpoch":10,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}
        saved 10
          open epoch 10, leader 1, voters 1
        """);

    [Fact]
    public void Voters_that_only_the_bootstrap_snapshot_names_go_into_the_log() => Check(
        new QuorumNode(new BrokerId(1), _dynamic, votersAreInLog: false, QuorumState.None, LeaderEpoch.None),
        """
        start 0
          save {"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}
        saved 1
          open epoch 1, leader 1, voters 1, writes kraft.version 1
        """);

    [Fact]
    public void Nothing_is_committed_before_the_node_leads() => Check(
        new QuorumNode(new BrokerId(1), _static, votersAreInLog: false, QuorumState.None, LeaderEpoch.None),
        """
        flushed 5
        """);

    [Fact]
    public void Only_its_own_sole_voter_can_run()
    {
        var other = new Voter(new BrokerId(2), Uuid.Zero, []);
        Assert.Null(QuorumNode.WhyNotAlone(new BrokerId(1), _static));
        Assert.Contains("has no voter", QuorumNode.WhyNotAlone(new BrokerId(1), VoterSet.Empty));
        Assert.Contains("The only voter of the metadata quorum is node 1, this is node 2", QuorumNode.WhyNotAlone(new BrokerId(2), _static));
        Assert.Contains("has 2 voters (1, 2)", QuorumNode.WhyNotAlone(new BrokerId(1), _static with { Voters = [_static.Voters[0], other] }));
    }

    private static void Check(QuorumNode node, string scenario)
    {
        var told = new StringBuilder();
        foreach (var line in scenario.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.StartsWith(' ') || line.Length == 0) continue;
            told.Append(line).Append('\n');
            foreach (var output in node.Step(Parse(line))) told.Append("  ").Append(Tell(output)).Append('\n');
        }

        Assert.Equal(scenario.ReplaceLineEndings("\n").TrimEnd('\n'), told.ToString().TrimEnd('\n'));
    }

    private static QuorumInput Parse(string line) => line.Split(' ') switch
    {
        ["start", var end] => new QuorumInput.Started(new Offset(long.Parse(end))),
        ["saved", var epoch] => new QuorumInput.StateSaved(new LeaderEpoch(int.Parse(epoch))),
        ["flushed", var end] => new QuorumInput.LogFlushed(new Offset(long.Parse(end))),
        ["stop"] => new QuorumInput.Stopped(),
        _ => throw new ArgumentException(line),
    };

    private static string Tell(QuorumOutput output) => output switch
    {
        QuorumOutput.SaveState save => $"save {save.State}",
        QuorumOutput.OpenEpoch open => $"open epoch {open.Epoch}, leader {open.Opening.Leader}, voters {string.Join(",", open.Opening.Voters.Select(v => v.Id))}" +
            (open.Opening.VotersToWrite is { } voters ? $", writes kraft.version {voters.KRaftVersion}" : ""),
        QuorumOutput.Commit commit => $"commit {commit.HighWatermark}",
        _ => throw new ArgumentException(output.ToString()),
    };
}
