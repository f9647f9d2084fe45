using Ottla.Log.Producers;

namespace Ottla.Log;

/// <summary>What one append has gathered and not yet written. One for each thread, used again, so that an append allocates
/// nothing.</summary>
internal sealed class AppendTurn
{
    [ThreadStatic]
    private static AppendTurn? s_ofThread;

    public List<ReadOnlyMemory<byte>> Pieces { get; } = [];

    public List<Accepted> Batches { get; } = [];

    public ProducerUndo Undo { get; } = new();

    public int Bytes { get; private set; }

    /// <summary>Offset after the last batch that was taken.</summary>
    public long NextOffset { get; private set; }

    public static AppendTurn Begin(long logEndOffset)
    {
        var turn = s_ofThread ?? new AppendTurn();
        s_ofThread = null;
        turn.Restart(logEndOffset);
        return turn;
    }

    /// <summary>Begins anew behind what has been written.</summary>
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
        Pieces.Add(bytes);
        Batches.Add(batch);
        Bytes += bytes.Length;
        NextOffset = batch.LastOffset + 1;
    }

    public void End()
    {
        Restart(0);
        s_ofThread = this;
    }

    internal readonly record struct Accepted(int Index, long BaseOffset, long LastOffset, int LeaderEpoch, CompletedTransaction? Completed);
}
