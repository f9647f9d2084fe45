using System.Runtime.CompilerServices;

namespace Ottla.Log.Producers;

/// <summary>A batch that a producer wrote, as far as it takes to know it again.</summary>
internal readonly record struct ProducedBatch(int LastSequence, int OffsetDelta, long LastOffset, long Timestamp)
{
    public int FirstSequence =>
        LastSequence < OffsetDelta ? (int)(LastSequence - (long)OffsetDelta + int.MaxValue + 1) : LastSequence - OffsetDelta;

    public long FirstOffset => LastOffset - OffsetDelta;
}

/// <summary>What a partition knows of one producer: its epoch, its last five batches, its open transaction.</summary>
/// <remarks>Owned by the log's writer.</remarks>
internal sealed class ProducerEntry(long producerId)
{
    /// <summary>Batches that can be known again: a producer has at most five in flight.</summary>
    public const int BatchesMax = 5;

    private Batches _batches;

    public long ProducerId => producerId;

    public short Epoch { get; set; } = -1;

    public int CoordinatorEpoch { get; set; } = -1;

    /// <summary>Of its last batch or marker, in ms since 1970.</summary>
    public long LastTimestamp { get; set; } = -1;

    /// <summary>First offset of its open transaction; -1 where none is open.</summary>
    public long TransactionFirstOffset { get; set; } = -1;

    /// <summary>The last turn of <see cref="ProducerUndo"/> that has a copy of this.</summary>
    public long SavedInTurn { get; set; }

    public int BatchCount { get; private set; }

    public ProducedBatch? LastBatch => BatchCount == 0 ? null : _batches[BatchCount - 1];

    public int LastSequence => BatchCount == 0 ? -1 : _batches[BatchCount - 1].LastSequence;

    public bool TryFind(short epoch, int firstSequence, int lastSequence, out ProducedBatch found)
    {
        found = default;
        if (epoch != Epoch) return false;
        for (var i = 0; i < BatchCount; i++)
        {
            found = _batches[i];
            if (found.FirstSequence == firstSequence && found.LastSequence == lastSequence) return true;
        }

        return false;
    }

    public void Add(in ProducedBatch batch)
    {
        if (BatchCount == BatchesMax)
        {
            for (var i = 1; i < BatchesMax; i++) _batches[i - 1] = _batches[i];
            BatchCount--;
        }

        _batches[BatchCount++] = batch;
    }

    /// <summary>A new epoch begins with no batches.</summary>
    public void MoveTo(short epoch)
    {
        if (epoch == Epoch) return;
        Epoch = epoch;
        BatchCount = 0;
    }

    /// <summary>Takes over all but the id.</summary>
    public void CopyFrom(ProducerEntry other)
    {
        Epoch = other.Epoch;
        CoordinatorEpoch = other.CoordinatorEpoch;
        LastTimestamp = other.LastTimestamp;
        TransactionFirstOffset = other.TransactionFirstOffset;
        BatchCount = other.BatchCount;
        _batches = other._batches;
    }

    [InlineArray(BatchesMax)]
    private struct Batches
    {
        private ProducedBatch _first;
    }
}
