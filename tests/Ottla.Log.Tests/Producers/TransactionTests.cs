using Ottla.Log.Segments;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Tests.Producers;

public sealed class TransactionTests
{
    private readonly LogFixture _fixture = new();

    [Fact]
    public void An_open_transaction_holds_the_last_stable_offset_back_until_its_marker_is_replicated()
    {
        var log = _fixture.Create();
        log.AppendOne(Batches.Of("plain"));
        log.AppendOne(Batches.InTransaction(1, 0, 0, "one"));
        log.AppendOne(Batches.Of("plain"));
        Assert.Equal(1, log.LastStableOffset(new(new(3))).Value.Value);
        Assert.Equal(0, log.LastStableOffset(new(new(0))).Value.Value);
        Assert.Equal(new Offset(1), log.FirstUnstableOffset);
        Assert.True(log.HasOpenTransaction(new(1)));
        log.AppendMarker(Batches.Marker(true, 1, 0));
        Assert.False(log.HasOpenTransaction(new(1)));
        Assert.Equal(1, log.LastStableOffset(new(new(3))).Value.Value);
        Assert.Equal(4, log.LastStableOffset(new(new(4))).Value.Value);
        Assert.Null(log.FirstUnstableOffset);
        Assert.Empty(log.AbortedTransactions(new(0), new(4)));
    }

    [Fact]
    public void Aborted_transactions_are_told_to_those_whose_range_they_touch()
    {
        var log = _fixture.Create();
        Interleave(log);
        Assert.Equal([new AbortedTransaction(new(2), new(1), new(4), new(0)), new(new(3), new(6), new(7), new(8))],
            log.AbortedTransactions(new(0), new(8)));
        Assert.Equal([2L], log.AbortedTransactions(new(0), new(5)).Select(aborted => aborted.ProducerId.Value));
        Assert.Equal([3L], log.AbortedTransactions(new(5), new(8)).Select(aborted => aborted.ProducerId.Value));
        Assert.Empty(log.AbortedTransactions(new(0), new(1)));
    }

    [Fact]
    public void They_are_told_the_same_after_any_restart()
    {
        foreach (var clean in (bool[])[true, false])
        {
            var fixture = new LogFixture();
            var log = fixture.Create();
            Interleave(log);
            log.AppendOne(Batches.InTransaction(4, 0, 0, "open"));
            var before = log.AbortedTransactions(new(0), new(9));
            log.Close(clean);
            var again = fixture.Open(clean, recoveryPoint: clean ? 9 : 0);
            Assert.Equal(before, again.AbortedTransactions(new(0), new(9)));
            Assert.Equal(8, again.LastStableOffset(new(new(9))).Value.Value);
        }
    }

    [Fact]
    public void Truncation_takes_back_what_was_decided_behind_it()
    {
        var log = _fixture.Create();
        Interleave(log);
        log.TruncateTo(new(4));
        Assert.Empty(log.AbortedTransactions(new(0), new(4)));
        Assert.Equal(0, log.LastStableOffset(new(new(4))).Value.Value);
        Assert.True(log.HasOpenTransaction(new(2)));
    }

    [Fact]
    public void A_marker_of_a_coordinator_that_was_replaced_is_refused()
    {
        var log = _fixture.Create();
        log.AppendOne(Batches.InTransaction(1, 0, 0, "one"));
        Assert.Equal(ErrorCode.None, log.AppendMarker(Batches.Marker(true, 1, 0, coordinatorEpoch: 5)).Error);
        log.AppendOne(Batches.InTransaction(1, 0, 1, "two"));
        Assert.Equal(ErrorCode.TransactionCoordinatorFenced, log.AppendMarker(Batches.Marker(true, 1, 0, coordinatorEpoch: 4)).Error);
        Assert.Equal(ErrorCode.InvalidTxnState, log.AppendOne(Batches.From(1, 0, 2, "not in the transaction")).Error);
    }

    [Fact]
    public void A_marker_with_a_new_epoch_begins_the_sequences_anew()
    {
        var log = _fixture.Create();
        log.AppendOne(Batches.InTransaction(1, 0, 0, "one"));
        log.AppendMarker(Batches.Marker(false, 1, 1));
        var producer = Assert.Single(log.ActiveProducers);
        Assert.Equal(((short)1, -1, 0), (producer.ProducerEpoch, producer.LastSequence, producer.CoordinatorEpoch));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, log.AppendOne(Batches.InTransaction(1, 0, 1, "x")).Error);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, log.AppendOne(Batches.InTransaction(1, 1, 1, "x")).Error);
        Assert.Equal(ErrorCode.None, log.AppendOne(Batches.InTransaction(1, 1, 0, "x")).Error);
    }

    /// <summary>Producer 1 commits, 2 aborts meanwhile, 3 aborts later: data 0..3, markers 4 (2 aborts) and 5 (1 commits), data 6, marker
    /// 7.</summary>
    private static void Interleave(PartitionLog log)
    {
        log.AppendOne(Batches.InTransaction(1, 0, 0, "a"));
        log.AppendOne(Batches.InTransaction(2, 0, 0, "b"));
        log.AppendOne(Batches.Of("c"));
        log.AppendOne(Batches.InTransaction(2, 0, 1, "d"));
        log.AppendMarker(Batches.Marker(false, 2, 0));
        log.AppendMarker(Batches.Marker(true, 1, 0));
        log.Roll();
        log.AppendOne(Batches.InTransaction(3, 0, 0, "e"));
        log.AppendMarker(Batches.Marker(false, 3, 0));
    }
}
