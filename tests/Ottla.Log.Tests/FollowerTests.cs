using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Tests;

/// <summary>A follower takes what its leader has as it is, and whatever its leader sends does it no harm.</summary>
public sealed class FollowerTests
{
    private static byte[] At(long offset, int epoch, params string[] values) => Batches.Of(
        new BatchOptions { BaseOffset = new(offset), PartitionLeaderEpoch = new(epoch) },
        [.. values.DefaultIfEmpty($"{offset}").Select(value => (Batches.Time, value))]);

    private static ErrorCode[] Append(PartitionLog log, int leaderEpoch, params byte[][] batches)
    {
        var pending = batches.Select(Batches.Pending).ToArray();
        log.AppendAsFollower(pending, new(leaderEpoch));
        return [.. pending.Select(batch => batch.Error)];
    }

    [Fact]
    public void Offsets_and_epochs_stay_and_holes_too()
    {
        var fixture = new LogFixture();
        var log = fixture.Create();
        byte[][] batches = [At(3, 1), At(9, 4, "9", "10"), Batches.Of(new BatchOptions { BaseOffset = new(20), PartitionLeaderEpoch = new(4), IsControl = true }, (1, "x"))];
        var sent = batches.SelectMany(batch => batch).ToArray();
        Assert.Equal([ErrorCode.None, ErrorCode.None, ErrorCode.None], Append(log, 4, batches));
        Assert.Equal(sent, fixture.Bytes("00000000000000000000.log"));
        Assert.Equal([(3L, "3"), (9, "9"), (10, "10")], log.Records());
        Assert.Equal((new LeaderEpoch(1), new Offset(9)), log.EndOffsetFor(new(3)));
        Assert.Equal(21, log.LogEndOffset.Value);
    }

    [Fact]
    public void What_cannot_follow_is_refused_with_all_that_comes_behind_it()
    {
        foreach (var (bad, leaderEpoch, error) in Bad())
        {
            var log = new LogFixture().Create();
            Append(log, 5, At(0, 2), At(1, 5));
            Assert.Equal([ErrorCode.None, error, error], Append(log, leaderEpoch, At(2, 5), bad, At(40, 5)));
            Assert.Equal([(0L, "0"), (1, "1"), (2, "2")], log.Records());
            Assert.Equal([ErrorCode.None], Append(log, leaderEpoch, At(3, 5)));
            Assert.Equal(4, log.LogEndOffset.Value);
        }
    }

    private static IEnumerable<(byte[] Batch, int LeaderEpoch, ErrorCode Error)> Bad()
    {
        yield return (At(2, 5), 5, ErrorCode.OffsetOutOfRange);
        yield return (At(0, 5), 5, ErrorCode.OffsetOutOfRange);
        yield return (At(3, 4), 5, ErrorCode.FencedLeaderEpoch);
        yield return (At(3, 6), 5, ErrorCode.UnknownLeaderEpoch);
        var flipped = At(3, 5);
        flipped[^1] ^= 1;
        yield return (flipped, 5, ErrorCode.CorruptMessage);
        foreach (var (offset, delta) in ((long, int)[])[(3, -1), (3, int.MinValue), (-7, 0), (long.MaxValue, 0), (long.MaxValue - 5, 10)])
        {
            var lying = At(3, 5);
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(lying.AsSpan(BatchHeader.LastOffsetDeltaPosition), delta);
            BatchHeader.SetCrc(lying);
            BatchHeader.SetBaseOffset(lying, new(offset));
            yield return (lying, 5, ErrorCode.CorruptMessage);
        }
    }

    [Fact]
    public void Bytes_that_go_on_behind_the_batch_are_refused()
    {
        var log = new LogFixture().Create();
        var batch = At(0, 0);
        Assert.True(BatchHeader.TryRead(batch, out var header));
        PendingBatch[] pending = [new PendingBatch(new byte[batch.Length + 1], header), new PendingBatch(batch.AsMemory(0, batch.Length - 1), header)];
        foreach (var one in pending)
        {
            var alone = new[] { one };
            log.AppendAsFollower(alone, new(0));
            Assert.Equal(ErrorCode.CorruptMessage, alone[0].Error);
        }

        Assert.Equal(0, log.LogEndOffset.Value);
    }

    /// <summary>DeleteRecords moved the leader's start into a batch; the follower begins there and gets the whole batch.</summary>
    [Fact]
    public void A_log_that_begins_inside_of_a_batch_takes_it_whole()
    {
        var fixture = new LogFixture();
        var log = fixture.Create();
        Append(log, 0, At(0, 0));
        log.TruncateFullyAndStartAt(new(12));
        Assert.Equal([ErrorCode.OffsetOutOfRange], Append(log, 1, At(8, 1, "8", "9")));
        Assert.Equal([ErrorCode.None, ErrorCode.None], Append(log, 1, At(10, 1, "10", "11", "12", "13"), At(14, 1)));
        Assert.Equal((12L, 15L), (log.LogStartOffset.Value, log.LogEndOffset.Value));
        Assert.Equal([(12L, "12"), (13, "13"), (14, "14")], log.Records());
        log.Close();
        var again = fixture.Open(clean: true, recoveryPoint: 15, logStartOffset: 12);
        Assert.Equal([(12L, "12"), (13, "13"), (14, "14")], again.Records());
    }

    /// <summary>It led in epoch 5 and appended nothing; whoever leads now has records of epoch 4 there.</summary>
    [Fact]
    public void An_epoch_in_which_nothing_was_written_goes_with_a_truncation_to_the_end()
    {
        var log = new LogFixture().Create();
        Append(log, 4, At(0, 4));
        log.AssignEpoch(new(5));
        Assert.Equal([ErrorCode.FencedLeaderEpoch], Append(log, 6, At(1, 4)));
        Assert.False(log.TruncateTo(log.LogEndOffset));
        Assert.Equal(new LeaderEpoch(4), log.LatestEpoch);
        Assert.Equal([ErrorCode.None], Append(log, 6, At(1, 4)));
    }
}
