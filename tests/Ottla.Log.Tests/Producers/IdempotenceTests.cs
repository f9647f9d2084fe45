using Ottla.Protocol.Primitives;

namespace Ottla.Log.Tests.Producers;

public sealed class IdempotenceTests
{
    private readonly LogFixture _fixture = new();

    [Fact]
    public void The_last_five_batches_are_known_again_and_older_ones_are_out_of_order()
    {
        var log = _fixture.Create();
        Assert.Equal(0, log.AppendOne(Batches.From(1, 0, 0, "a", "b", "c")).BaseOffset.Value);
        Known(log.AppendOne(Batches.From(1, 0, 0, "a", "b", "c")), 0);
        Refused(log.AppendOne(Batches.From(1, 0, 0, "a", "b")), ErrorCode.OutOfOrderSequenceNumber);
        Refused(log.AppendOne(Batches.From(1, 0, 5, "gap")), ErrorCode.OutOfOrderSequenceNumber);
        for (var i = 3; i < 10; i++) Assert.Equal(i, log.AppendOne(Batches.From(1, 0, i, "x")).BaseOffset.Value);
        for (var i = 5; i < 10; i++) Known(log.AppendOne(Batches.From(1, 0, i, "x")), i);
        Refused(log.AppendOne(Batches.From(1, 0, 3, "x")), ErrorCode.OutOfOrderSequenceNumber);
        Assert.Equal(10, log.LogEndOffset.Value);
    }

    [Fact]
    public void A_new_epoch_begins_at_sequence_0_and_fences_the_old_one()
    {
        var log = _fixture.Create();
        log.AppendOne(Batches.From(1, 0, 0, "a"));
        Refused(log.AppendOne(Batches.From(1, -1, 0, "x")), ErrorCode.InvalidProducerEpoch);
        Refused(log.AppendOne(Batches.From(1, 1, 7, "x")), ErrorCode.OutOfOrderSequenceNumber);
        Assert.Equal(1, log.AppendOne(Batches.From(1, 1, 0, "b")).BaseOffset.Value);
        Refused(log.AppendOne(Batches.From(1, 0, 1, "x")), ErrorCode.InvalidProducerEpoch);
        Known(log.AppendOne(Batches.From(1, 1, 0, "b")), 1);
    }

    [Fact]
    public void A_producer_that_is_not_known_may_begin_anywhere_and_after_the_last_sequence_comes_0()
    {
        var log = _fixture.Create();
        Assert.Equal(ErrorCode.None, log.AppendOne(Batches.From(9, 0, 7, "x")).Error);
        Assert.Equal(ErrorCode.None, log.AppendOne(Batches.From(1, 0, int.MaxValue, "x")).Error);
        Assert.Equal(ErrorCode.None, log.AppendOne(Batches.From(1, 0, 0, "x")).Error);
        Refused(log.AppendOne(Batches.From(1, 0, 5, "x")), ErrorCode.OutOfOrderSequenceNumber);
        var wrapping = Batches.From(2, 0, int.MaxValue - 1, "a", "b", "c", "d");
        Assert.False(log.AppendOne(wrapping).IsDuplicate);
        Known(log.AppendOne(wrapping), 3);
        Assert.Equal(ErrorCode.None, log.AppendOne(Batches.From(2, 0, 2, "next")).Error);
    }

    [Fact]
    public void Within_one_turn_the_rules_are_the_same()
    {
        var log = _fixture.Create();
        var done = log.Append(0, Batches.From(1, 0, 0, "a"), Batches.From(1, 0, 0, "a"), Batches.From(1, 0, 2, "gap"), Batches.From(1, 0,
            1, "b"));
        Assert.Equal([ErrorCode.None, ErrorCode.None, ErrorCode.OutOfOrderSequenceNumber, ErrorCode.None],
            done.Select(batch => batch.Error));
        Assert.Equal([false, true, false, false], done.Select(batch => batch.IsDuplicate));
        Assert.Equal(["a", "b"], log.Values());
    }

    [Fact]
    public void The_last_batch_is_known_after_any_restart()
    {
        foreach (var clean in (bool[])[true, false])
        {
            var fixture = new LogFixture();
            var log = fixture.Create();
            for (var i = 0; i < 4; i++)
            {
                log.AppendOne(Batches.From(1, 3, i, "x"));
                if (i == 1) log.Roll();
            }

            log.Close(clean);
            var again = fixture.Open(clean, recoveryPoint: clean ? 4 : 0);
            Known(again.AppendOne(Batches.From(1, 3, 3, "x")), 3);
            Refused(again.AppendOne(Batches.From(1, 3, 9, "x")), ErrorCode.OutOfOrderSequenceNumber);
            Refused(again.AppendOne(Batches.From(1, 2, 4, "x")), ErrorCode.InvalidProducerEpoch);
            Assert.Equal(4, again.AppendOne(Batches.From(1, 3, 4, "x")).BaseOffset.Value);
        }
    }

    [Fact]
    public void A_producer_that_was_silent_for_too_long_is_forgotten()
    {
        var log = _fixture.Create();
        log.AppendOne(Batches.From(1, 0, 0, "a"));
        log.AppendOne(Batches.InTransaction(2, 0, 0, "open"));
        _fixture.Clock.NowMs = Batches.Time + _fixture.Settings.ProducerIdExpirationMs - 1;
        Assert.Equal(0, log.ExpireProducers());
        _fixture.Clock.NowMs++;
        Assert.Equal(1, log.ExpireProducers());
        Assert.Equal(2, Assert.Single(log.ActiveProducers).ProducerId.Value);
        Assert.Equal(ErrorCode.None, log.AppendOne(Batches.From(1, 0, 40, "b")).Error);
    }

    [Fact]
    public void A_broken_snapshot_is_set_aside_for_the_batches_themselves()
    {
        var log = _fixture.Create();
        log.AppendOne(Batches.From(1, 0, 0, "a"));
        log.Close();
        var bytes = _fixture.Bytes("00000000000000000001.snapshot");
        bytes[^1] ^= 1;
        _fixture.Overwrite("00000000000000000001.snapshot", bytes);
        var again = _fixture.Open(clean: true, recoveryPoint: 1);
        Known(again.AppendOne(Batches.From(1, 0, 0, "a")), 0);
    }

    private static void Known(PendingBatch batch, long baseOffset) =>
        Assert.Equal((ErrorCode.None, true, baseOffset, Batches.Time), (batch.Error, batch.IsDuplicate, batch.BaseOffset.Value,
            batch.LogAppendTime));

    private static void Refused(PendingBatch batch, ErrorCode error) => Assert.Equal((error, -1L), (batch.Error, batch.BaseOffset.Value));
}
