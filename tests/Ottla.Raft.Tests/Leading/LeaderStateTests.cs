using Ottla.Protocol.Primitives;
using Ottla.Raft.Leading;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Tests.Leading;

public sealed class LeaderStateTests
{
    private static readonly VoterSet _static = new(0, [.. new[] { 1, 2, 3 }.Select(id => new Voter(new BrokerId(id), Uuid.Zero, []))]);

    [Fact]
    public void Of_two_nodes_with_one_id_the_first_counts_until_it_is_silent()
    {
        var leader = Leader(_static);
        Assert.NotNull(leader.Seen(Key(2, 1), 100));
        Assert.Null(leader.Seen(Key(2, 2), 200));
        Assert.NotNull(leader.Seen(Key(2, 1), 1_900));
        Assert.Null(leader.Seen(Key(2, 2), 3_800));
        Assert.NotNull(leader.Seen(Key(2, 2), 3_900));
    }

    [Fact]
    public void Who_has_the_leaders_own_id_keeps_it_from_nothing()
    {
        var leader = Leader(_static);
        Assert.Null(leader.Seen(Key(1, 9), 2_900));
        Assert.Equal(3_000, leader.CheckQuorumDeadline());
        Assert.NotNull(leader.Seen(Key(2, 1), 2_900));
        Assert.Equal(5_900, leader.CheckQuorumDeadline());
    }

    [Fact]
    public void A_record_of_an_older_epoch_is_not_committed_by_its_copies()
    {
        var leader = Leader(_static, epochStart: 5);
        leader.Seen(Key(2, 1), 1)!.Fetched(new Offset(5), new Offset(6), 1);
        Assert.False(leader.Advance(new Offset(6)));
        leader.Find(Key(2, 1))!.Fetched(new Offset(6), new Offset(6), 2);
        Assert.True(leader.Advance(new Offset(6)));
        Assert.Equal(new Offset(6), leader.HighWatermark);
    }

    [Fact]
    public void A_directory_that_is_no_voter_counts_for_nothing()
    {
        var voters = new VoterSet(1, [.. new[] { 1, 2 }.Select(id => new Voter(new BrokerId(id), new Uuid(0, 1), []))]);
        var leader = Leader(voters);
        leader.Seen(Key(2, 7), 1)!.Fetched(new Offset(3), new Offset(3), 1);
        Assert.False(leader.Advance(new Offset(3)));
        leader.Seen(Key(2, 1), 1)!.Fetched(new Offset(2), new Offset(3), 1);
        Assert.True(leader.Advance(new Offset(3)));
        Assert.Equal(new Offset(2), leader.HighWatermark);
    }

    private static LeaderState Leader(VoterSet voters, long epochStart = 0) =>
        new(new QuorumSettings(), Key(1, 1), new LeaderEpoch(1), new Offset(epochStart), voters, 0);

    private static ReplicaKey Key(int id, ulong directory) => new(new BrokerId(id), new Uuid(0, directory));
}
