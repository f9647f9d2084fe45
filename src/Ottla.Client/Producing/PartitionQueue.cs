using Ottla.Protocol.Primitives;

namespace Ottla.Client.Producing;

/// <summary>The batches of one partition that wait, oldest first. Under the producer's lock.</summary>
/// <remarks>
/// One batch is under way at a time. So records keep their order through retries, and sequences need no renumbering when a batch fails;
/// while one is under way the next one fills, which makes fewer and larger batches. What it costs: one partition alone cannot hide a long
/// round trip behind several requests.
/// </remarks>
internal sealed class PartitionQueue(TopicPartition partition)
{
    private readonly LinkedList<ProducerBatch> _batches = [];

    public TopicPartition Partition => partition;

    public bool InFlight { get; set; }

    /// <summary>Timestamp of the clock before which nothing is sent: the backoff after a failure.</summary>
    public long NotBefore { get; set; }

    /// <summary>Whose sequences are counted here.</summary>
    public ProducerIdentity Identity { get; private set; } = ProducerIdentity.None;

    private int _nextSequence;

    public ProducerBatch? First => _batches.First?.Value;

    public bool IsEmpty => _batches.Count == 0;

    public IEnumerable<ProducerBatch> Batches => _batches;

    /// <summary>Adds a record to the last batch, or to a new one where it does not fit; returns whether a batch became ready by
    /// it.</summary>
    public bool Add(PendingRecord record, int batchBytes, long now)
    {
        var last = _batches.Last?.Value;
        var full = last is not null && !last.Closed && last.SizeBytes + record.SizeBytes > batchBytes;
        if (full) last!.Closed = true;
        if (last is null || last.Closed) _batches.AddLast(last = new ProducerBatch(partition, now));
        last.Add(record);
        if (last.SizeBytes >= batchBytes) last.Closed = true;
        return full || last.Closed;
    }

    /// <summary>Whether the oldest batch is to go: full, or waited for long enough, or hurried.</summary>
    public bool IsReady(long now, long lingerTicks, bool hurry) =>
        !InFlight && First is { } first && now >= NotBefore
            && (hurry || first.Closed || first.Attempts > 0 || _batches.Count > 1 || now - first.CreatedAt >= lingerTicks);

    /// <summary>Takes the oldest batch out, to be sent; gives it its sequence the first time.</summary>
    public ProducerBatch Take(ProducerIdentity identity)
    {
        var batch = First!;
        _batches.RemoveFirst();
        batch.Closed = true;
        batch.Attempts++;
        InFlight = true;

        // what was sent before keeps its producer and sequence, so that the broker knows it again
        if (identity.IsNone || !batch.Identity.IsNone) return batch;
        if (Identity != identity)
        {
            Identity = identity;
            _nextSequence = 0;
        }

        batch.Identity = identity;
        batch.BaseSequence = _nextSequence;
        _nextSequence = Ottla.Protocol.Batches.BatchHeader.AddToSequence(_nextSequence, batch.Records.Count);
        return batch;
    }

    /// <summary>Puts a batch back to where it was, to be sent again with the same sequence.</summary>
    public void PutBack(ProducerBatch batch) => _batches.AddFirst(batch);

    /// <summary>Puts a batch back as two; the broker took nothing of it, so its sequences are given anew.</summary>
    public void PutBackInHalves(ProducerBatch batch)
    {
        var (first, second) = batch.Split();
        if (!batch.Identity.IsNone && batch.Identity == Identity) _nextSequence = batch.BaseSequence;
        _batches.AddFirst(second);
        _batches.AddFirst(first);
    }

    /// <summary>Forgets a batch that is not sent any more.</summary>
    public void Remove(ProducerBatch batch) => _batches.Remove(batch);
}
