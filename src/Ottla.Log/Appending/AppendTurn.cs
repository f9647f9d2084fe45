using Ottla.Log.Producers;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Appending;

/// <summary>What one append has gathered and not yet written.</summary>
/// <remarks>Belongs to one append at a time; <see cref="AppendTurns"/> keeps it for the next, so that an append allocates nothing.</remarks>
internal sealed class AppendTurn
{
    public List<ReadOnlyMemory<byte>> Pieces { get; } = [];

    public List<Accepted> Batches { get; } = [];

    public ProducerUndo Undo { get; } = new();

    public int Bytes { get; private set; }

    /// <summary>Offset after the last batch that was taken.</summary>
    public long NextOffset { get; private set; }

    /// <summary>Epoch of the last batch that was taken, or of the log before; epochs do not go back.</summary>
    public LeaderEpoch LatestEpoch { get; private set; }

    public void Begin(long logEndOffset, LeaderEpoch latestEpoch)
    {
        Restart(logEndOffset);
        LatestEpoch = latestEpoch;
    }

    /// <summary>Goes on behind what has been written.</summary>
    public void Restart(long logEndOffset)
    {
        Pieces.Clear();
        Batches.Clear();
        Undo.Begin(logEndOffset);
        Bytes = 0;
        NextOffset = logEndOffset;
    }

    public void Add(ReadOnlyMemory<byte> bytes, in Accepted batch)
    {
        Invariant.That(batch.BaseOffset >= NextOffset && batch.LastOffset >= batch.BaseOffset);
        Pieces.Add(bytes);
        Batches.Add(batch);
        Bytes += bytes.Length;
        NextOffset = batch.LastOffset + 1;
        if (batch.LeaderEpoch > LatestEpoch) LatestEpoch = batch.LeaderEpoch;
    }

    internal readonly record struct Accepted(int Index, long BaseOffset, long LastOffset, LeaderEpoch LeaderEpoch, CompletedTransaction? Completed);
}

/// <summary>Keeps one <see cref="AppendTurn"/> between appends; two appends at once make a second one, which is dropped.</summary>
/// <remarks>Any thread, by one exchange each way.</remarks>
internal sealed class AppendTurns
{
    private AppendTurn? _kept;

    public AppendTurn Take() => Interlocked.Exchange(ref _kept, null) ?? new AppendTurn();

    public void Return(AppendTurn turn)
    {
        // nothing of a request's memory is held on to
        turn.Restart(0);
        Volatile.Write(ref _kept, turn);
    }
}
