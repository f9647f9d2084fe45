using Ottla.Client.Producing;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Tests.Producing;

public sealed class PartitionQueueTests
{
    private static readonly ProducerIdentity First = new(new ProducerId(7), 0);
    private static readonly ProducerIdentity Second = new(new ProducerId(8), 0);

    private readonly PartitionQueue _queue = new(new TopicPartition("t", 0));

    [Fact]
    public void Batches_go_one_at_a_time_in_order_with_sequences_that_follow_each_other()
    {
        Add(3, batchBytes: 1);
        var one = _queue.Take(First);
        Assert.False(_queue.IsReady(now: 0, lingerTicks: 0, hurry: true));
        _queue.InFlight = false;
        var two = _queue.Take(First);
        Assert.Equal((0, 1), (one.BaseSequence, two.BaseSequence));
    }

    [Fact]
    public void A_batch_that_is_sent_again_keeps_producer_and_sequence_even_after_a_new_identity()
    {
        Add(2, batchBytes: 1);
        var batch = _queue.Take(First);
        _queue.InFlight = false;
        _queue.PutBack(batch);
        var again = _queue.Take(Second);
        Assert.Same(batch, again);
        Assert.Equal((First, 0), (again.Identity, again.BaseSequence));
        _queue.InFlight = false;
        var next = _queue.Take(Second);
        Assert.Equal((Second, 0), (next.Identity, next.BaseSequence));
    }

    [Fact]
    public void A_batch_that_was_too_large_goes_again_in_halves_with_the_same_sequences()
    {
        Add(5, batchBytes: 1_000_000);
        var whole = _queue.Take(First);
        _queue.InFlight = false;
        _queue.PutBackInHalves(whole);
        var one = _queue.Take(First);
        _queue.InFlight = false;
        var two = _queue.Take(First);
        Assert.Equal((2, 0, 3, 2), (one.Records.Count, one.BaseSequence, two.Records.Count, two.BaseSequence));
    }

    [Fact]
    public void A_batch_waits_for_its_linger_unless_it_is_full_or_hurried()
    {
        Add(1, batchBytes: 1_000_000);
        Assert.False(_queue.IsReady(now: 9, lingerTicks: 10, hurry: false));
        Assert.True(_queue.IsReady(now: 10, lingerTicks: 10, hurry: false));
        Assert.True(_queue.IsReady(now: 0, lingerTicks: 10, hurry: true));
        Add(1, batchBytes: 1);
        Assert.True(_queue.IsReady(now: 0, lingerTicks: 10, hurry: false));
    }

    private void Add(int count, int batchBytes)
    {
        for (var i = 0; i < count; i++) _queue.Add(new PendingRecord(new ProducerRecord("t"), 0, 50, new()), batchBytes, now: 0);
    }
}
