using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Service;

/// <summary>What a leader has appended and what is to be answered, in the order of the log, until it is committed.</summary>
/// <remarks>Owned by the metadata loop. Bounded by those who ask: a connection has one request at work at a time, and this node a
/// handful.</remarks>
internal sealed class PendingAnswers
{
    private readonly Queue<Entry> _entries = new();

    public void Add(Entry entry) => _entries.Enqueue(entry);

    /// <summary>The next one that is committed; null for none.</summary>
    public Entry? TakeBelow(Offset highWatermark) =>
        _entries.TryPeek(out var next) && next.End <= highWatermark ? _entries.Dequeue() : null;

    /// <summary>The last change that is committed; null for none.</summary>
    public Entry? LastBelow(Offset highWatermark) => _entries.LastOrDefault(entry => entry.End <= highWatermark && entry.Delta is not null);

    /// <summary>Leadership is gone: everybody is told, and what was not committed is forgotten here.</summary>
    public void Refuse(ErrorCode error, string message)
    {
        while (_entries.TryDequeue(out var entry)) entry.Waiter?.Refuse(error, message);
    }

    /// <summary>Somebody who waits for a commit.</summary>
    internal interface IWaiter
    {
        void Answer();

        void Refuse(ErrorCode error, string message);
    }

    /// <param name="End">All below has to be committed.</param>
    /// <param name="Delta">What changed; null where nothing did.</param>
    /// <param name="Image">With the change.</param>
    /// <param name="Waiter">Who is to be told; null for nobody.</param>
    internal sealed record Entry(Offset End, MetadataDelta? Delta, MetadataImage Image, IWaiter? Waiter);
}
