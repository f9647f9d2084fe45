using Ottla.Metadata.Log;
using Ottla.Metadata.Tests.Log;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Voters;

namespace Ottla.Metadata.Tests.Quorum;

/// <summary>Three controllers with sockets and disks in memory: they elect, replicate, fail over and catch up.</summary>
public sealed class QuorumOfThreeTests
{
    [Fact]
    public async Task What_the_leader_decides_is_known_to_all()
    {
        var seats = Begin();
        var leader = await Led(seats);
        await leader.RegisterBroker();
        await leader.Create("weather");
        foreach (var seat in seats) await seat.Until(s => s.Image.Topics.Find("weather") is not null);
        foreach (var seat in seats) Assert.Equal(leader.Service.Epoch, seat.Service.Epoch);
        var elsewhere = await seats.First(seat => seat != leader).Service.Run(
            controller => controller.Topics.CreateTopics(new()), Metadata.Service.Asker.Self("a test"));
        Assert.Equal(ErrorCode.NotController, elsewhere.Error);
        foreach (var seat in seats) await seat.Stop();
    }

    [Fact]
    public async Task A_stopped_leader_hands_over()
    {
        var seats = Begin();
        var first = await Led(seats);
        await first.RegisterBroker();
        await first.Create("first");
        var rest = seats.Where(seat => seat != first).ToList();
        await first.Stop();
        var second = await Led(rest);
        await second.Create("second");
        foreach (var seat in rest) await seat.Until(s => s.Image.Topics.Find("second") is not null);
        foreach (var seat in rest) Assert.NotNull(seat.Image.Topics.Find("first"));
        foreach (var seat in rest) await seat.Stop();
    }

    [Fact]
    public async Task A_killed_leader_is_replaced_at_once_and_nothing_is_lost()
    {
        var seats = Begin();
        var first = await Led(seats);
        await first.RegisterBroker();
        await first.Create("kept");
        foreach (var seat in seats) await seat.Until(s => s.Image.Topics.Find("kept") is not null);
        var rest = seats.Where(seat => seat != first).ToList();
        first.Kill();
        var second = await Led(rest);
        Assert.NotNull(second.Image.Topics.Find("kept"));
        await second.Create("new");
        foreach (var seat in rest) await seat.Until(s => s.Image.Topics.Find("new") is not null);
        foreach (var seat in seats) await seat.Stop();
    }

    [Fact]
    public async Task One_that_was_away_catches_up_by_a_snapshot_and_an_observer_follows()
    {
        // each topic is a snapshot, and the log before it goes
        var limits = new MetadataLogLimits { RecordBytesBetweenSnapshotsMax = 100, RetentionBytes = 1, SegmentBytes = 1 << 16 };
        var seats = Seats(3);
        var voters = VotersOf(seats);
        foreach (var seat in seats.Take(2)) seat.Open(voters, limits: limits);
        var leader = await Led(seats.Take(2).ToList());
        await leader.RegisterBroker();
        for (var i = 0; i < 12; i++) await leader.Create($"t{i}");
        seats[2].Open(voters, limits: limits);
        var observer = new Seat(9, isController: false);
        observer.Format();
        observer.Open(VoterSet.Empty, bootstrap: [.. seats.Select(seat => seat.Endpoint)]);
        foreach (var seat in new[] { seats[2], observer }) await seat.Until(s => s.Image.Topics.Count == 12);
        await leader.Create("last");
        foreach (var seat in new[] { seats[2], observer }) await seat.Until(s => s.Image.Topics.Find("last") is not null);
        var described = await leader.Service.DescribeQuorum(new() { Topics = [new() { TopicName = "__cluster_metadata", Partitions = [new()] }] });
        Assert.Equal([1, 2, 3], described.Topics[0].Partitions[0].CurrentVoters.Select(voter => voter.ReplicaId));
        Assert.Equal([9], described.Topics[0].Partitions[0].Observers.Select(one => one.ReplicaId));
        Assert.Contains(seats[2].Disk.Names(), name => name.EndsWith(".checkpoint", StringComparison.Ordinal) && !name.Contains("-0000000000.", StringComparison.Ordinal));
        await observer.Stop();
        foreach (var seat in seats) await seat.Stop();
    }

    [Fact]
    public async Task A_node_of_another_cluster_is_no_voter_here()
    {
        var seats = Seats(2);
        var stranger = new Seat(3);
        stranger.Format("others");
        var voters = VotersOf([.. seats, stranger]);
        stranger.Open(voters, cluster: "others");
        foreach (var seat in seats) seat.Open(voters);
        var leader = await Led(seats);
        await leader.RegisterBroker();
        await leader.Create("ours");
        Assert.Equal(BrokerId.None, stranger.Service.Leader.Id);
        Assert.Equal(0, stranger.Image.Topics.Count);
        foreach (var seat in seats) await seat.Stop();
        await stranger.Stop();
    }

    private static List<Seat> Begin()
    {
        var seats = Seats(3);
        var voters = VotersOf(seats);
        foreach (var seat in seats) seat.Open(voters);
        return seats;
    }

    private static List<Seat> Seats(int count)
    {
        var seats = Enumerable.Range(1, count).Select(id => new Seat(id)).ToList();
        foreach (var seat in seats) seat.Format();
        return seats;
    }

    private static VoterSet VotersOf(IReadOnlyList<Seat> seats) => new(0, [.. seats.Select(seat => new Voter(seat.Id, Uuid.Zero, [seat.Endpoint]))]);

    /// <summary>All of them follow one of them.</summary>
    private static async Task<Seat> Led(IReadOnlyList<Seat> seats)
    {
        var ids = seats.Select(seat => seat.Id).ToArray();
        foreach (var seat in seats) await seat.UntilLedBy(ids);
        return seats.First(seat => seat.Id == seats[^1].Service.Leader.Id);
    }
}
