using Ottla.Protocol.Primitives;

namespace Ottla.Log.Tests.Epochs;

public sealed class LeaderEpochTests
{
    private readonly LogFixture _fixture = new();

    [Fact]
    public void An_epoch_ends_where_the_next_one_begins()
    {
        var log = _fixture.Create();
        Assert.Equal((LeaderEpoch.None, Offset.None), log.EndOffsetFor(new(0)));
        log.AppendOne(Batches.Of("a", "b"), epoch: 2);
        log.AppendOne(Batches.Of("c"), epoch: 2);
        log.AppendOne(Batches.Of("d"), epoch: 5);
        Assert.Equal((new LeaderEpoch(5), new Offset(4)), log.EndOffsetFor(new(5)));
        Assert.Equal((new LeaderEpoch(2), new Offset(3)), log.EndOffsetFor(new(2)));
        Assert.Equal((new LeaderEpoch(2), new Offset(3)), log.EndOffsetFor(new(4)));
        Assert.Equal((new LeaderEpoch(1), new Offset(0)), log.EndOffsetFor(new(1)));
        Assert.Equal((LeaderEpoch.None, Offset.None), log.EndOffsetFor(new(6)));
        Assert.Equal((LeaderEpoch.None, Offset.None), log.EndOffsetFor(LeaderEpoch.None));
        Assert.Equal([2, 2, 5], new[] { log.EpochAt(new(0)), log.EpochAt(new(2)), log.EpochAt(new(3)) }.Select(epoch => epoch.Value));
    }

    [Fact]
    public void The_file_is_there_with_the_first_batch_and_is_read_again()
    {
        var log = _fixture.Create();
        log.AppendOne(Batches.Of("a"), epoch: 3);
        log.AppendOne(Batches.Of("b"), epoch: 4);
        Assert.Equal("0\n2\n3 0\n4 1\n"u8.ToArray(), _fixture.Bytes("leader-epoch-checkpoint"));
        log.Close();
        Assert.Equal((new LeaderEpoch(3), new Offset(1)), _fixture.Open(clean: true, recoveryPoint: 2).EndOffsetFor(new(3)));
    }

    [Fact]
    public void After_a_crash_the_epochs_come_from_the_batches()
    {
        var log = _fixture.Create();
        log.AppendOne(Batches.Of("a"), epoch: 3);
        log.AppendOne(Batches.Of("b"), epoch: 4);
        _fixture.Overwrite("leader-epoch-checkpoint", "nonsense"u8.ToArray());
        var again = _fixture.Open(clean: false);
        Assert.Equal((new LeaderEpoch(3), new Offset(1)), again.EndOffsetFor(new(3)));
        Assert.Equal(4, again.LatestEpoch.Value);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("0\n2\n3 0\n4 1")]
    [InlineData("0\n2\n4 0\n3 12\n")]
    [InlineData("0\n2\n3 12\n4 0\n")]
    public void A_file_that_cannot_be_read_is_made_anew_from_the_batches(string text)
    {
        var log = _fixture.Create();
        for (var i = 0; i < 20; i++) log.AppendOne(Batches.Of("a"), epoch: i < 12 ? 3 : 4);
        log.Close();
        _fixture.Overwrite("leader-epoch-checkpoint", System.Text.Encoding.ASCII.GetBytes(text));
        Assert.Equal((new LeaderEpoch(3), new Offset(12)), _fixture.Open(clean: true, recoveryPoint: 20).EndOffsetFor(new(3)));
    }

    [Fact]
    public void A_leader_that_wrote_nothing_leaves_its_epoch_to_the_next()
    {
        var log = _fixture.Create();
        log.AssignEpoch(new(1));
        log.AssignEpoch(new(2));
        Assert.Equal(2, log.LatestEpoch.Value);
        Assert.Equal((new LeaderEpoch(1), new Offset(0)), log.EndOffsetFor(new(1)));
        log.AppendOne(Batches.Of("a"), epoch: 2);
        log.AssignEpoch(new(3));
        log.AssignEpoch(new(5));
        log.AppendOne(Batches.Of("b"), epoch: 5);
        Assert.Equal((new LeaderEpoch(2), new Offset(1)), log.EndOffsetFor(new(4)));
        Assert.Equal("0\n2\n2 0\n5 1\n"u8.ToArray(), _fixture.Bytes("leader-epoch-checkpoint"));
    }

    [Fact]
    public void Deleted_records_leave_the_epoch_of_the_first_that_is_left()
    {
        var log = _fixture.Create();
        for (var i = 0; i < 4; i++) log.AppendOne(Batches.Of("x"), epoch: i);
        log.DeleteRecords(new(2));
        Assert.Equal((new LeaderEpoch(1), new Offset(2)), log.EndOffsetFor(new(1)));
        Assert.Equal((new LeaderEpoch(2), new Offset(3)), log.EndOffsetFor(new(2)));
    }
}
