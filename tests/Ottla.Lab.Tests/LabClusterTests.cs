using Ottla.Client.Admin;
using Ottla.Runtime.Processes;

namespace Ottla.Lab.Tests;

public sealed class LabClusterTests : IDisposable
{
    private readonly ScriptedProcesses _processes = new();
    private readonly LabCluster _lab;

    public LabClusterTests() =>
        _lab = new LabCluster(LabPlan.Of("/lab", [(9092, 9093), (9102, 9103), (9112, 9113)]), _processes, TimeProvider.System, new SilentProbe());

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_node_is_started_killed_and_started_again_as_another_process()
    {
        Assert.Equal("Node 2 starts as process 100.", await _lab.Run("start 2"));
        Assert.Equal("Node 2 runs already.", await _lab.Run("start 2"));
        Assert.Equal("Node 2 is killed.", await _lab.Run("kill 2"));
        Assert.Equal("Node 2 does not run.", await _lab.Run("kill 2"));
        Assert.Equal("Node 2 starts as process 101.", await _lab.Run("start 2"));
        Assert.Equal(["start", "/lab/node-2/server.properties"], _processes.Children[1].Arguments);
        Assert.Equal([ProcessSignal.Kill], _processes.Children[0].Signals);
    }

    [Fact]
    public async Task A_frozen_node_goes_on_with_start_and_is_thawed_to_be_stopped()
    {
        await _lab.Run("start 1");
        Assert.Equal("Node 1 stands still.", await _lab.Run("freeze 1"));
        Assert.Equal("Node 1 is frozen already.", await _lab.Run("freeze 1"));
        Assert.Equal("Node 1 goes on.", await _lab.Run("start 1"));
        await _lab.Run("freeze 1");
        Assert.Equal("Node 1 is stopped.", await _lab.Run("stop 1"));
        Assert.Equal(
            [ProcessSignal.Freeze, ProcessSignal.Thaw, ProcessSignal.Freeze, ProcessSignal.Thaw, ProcessSignal.Terminate],
            Assert.Single(_processes.Children).Signals);
    }

    [Fact]
    public async Task The_status_tells_what_each_node_does_and_who_ended_by_itself()
    {
        await _lab.Run("start 1");
        await _lab.Run("start 2");
        await _lab.Run("start 3");
        await _lab.Run("freeze 2");
        _processes.Children[2].EndByItself(70);
        Assert.Equal(
            "node 1  127.0.0.1:9092  running, process 100\nnode 2  127.0.0.1:9102  frozen, process 101\n"
            + "node 3  127.0.0.1:9112  ended by itself with status 70; /lab/node-3/output.log says why\nasked 127.0.0.1:9092",
            await _lab.Run("status"));
    }

    [Fact]
    public async Task All_are_stopped_together_and_quit_is_heard()
    {
        await _lab.Run("start 1");
        await _lab.Run("start 3");
        Assert.False(_lab.Quit.IsCompleted);
        Assert.Equal("The lab stops.", await _lab.Run("quit"));
        Assert.True(_lab.Quit.IsCompletedSuccessfully);
        await _lab.StopAll();
        Assert.All(_processes.Children, child => Assert.Equal([ProcessSignal.Terminate], child.Signals));
        Assert.All(_lab.Nodes, node => Assert.Equal(NodeState.Stopped, node.State));
    }

    [Theory]
    [InlineData("kill", "kill which node? Say kill N, with N from 1 to 3.")]
    [InlineData("kill 4", "There is no node '4': they are numbered from 1 to 3.")]
    [InlineData("kill two", "There is no node 'two': they are numbered from 1 to 3.")]
    [InlineData("status 1", "status stands alone.")]
    public async Task A_command_that_is_none_says_what_would_be_one(string line, string answer)
    {
        Assert.Equal(answer, await _lab.Run(line));
        Assert.Empty(_processes.Children);
    }

    [Fact]
    public void What_the_partitions_do_is_told_in_a_line()
    {
        Assert.Equal("There are no topics yet.", ClusterProbe.Tell([]));
        PartitionDescription whole = new(0, 1, [1, 2, 3], [1, 2, 3], null, null), behind = new(1, 2, [1, 2, 3], [2], null, null);
        Assert.Equal("1 partitions; led by 1: 1. All replicas are in sync.", ClusterProbe.Tell([("orders", whole)]));
        Assert.Equal(
            "3 partitions; without a leader: 1; led by 1: 1; led by 2: 1. Not all in sync: orders-1, orders-1.",
            ClusterProbe.Tell([("orders", whole), ("orders", behind), ("orders", behind with { Leader = -1 })]));
    }

    private sealed class SilentProbe : ILabProbe
    {
        public Task<int> CountNodes(IReadOnlyList<string> addresses, CancellationToken cancellation) => Task.FromResult(0);

        public Task<string> Describe(IReadOnlyList<string> addresses) => Task.FromResult($"asked {string.Join(' ', addresses)}");
    }
}
