using System.Runtime.InteropServices;
using Ottla.Log;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Codecs;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>A produced batch made ready for the log outside of the partition's lock: validated, recompressed if the topic wants another
/// codec, stamped if it takes the time of the append.</summary>
/// <remarks>The batch is a slice of the request's frame and patched in place; a recompressed one lies in memory of its own, given back by
/// <see cref="Dispose"/>.</remarks>
internal readonly struct PreparedBatch : IDisposable
{
    private readonly IDisposable? _owned;

    private PreparedBatch(BatchVerdict verdict, PendingBatch pending, IDisposable? owned) => (Verdict, Pending, _owned) = (verdict, pending, owned);

    public BatchVerdict Verdict { get; }

    /// <summary>What goes into the log, if the verdict is good.</summary>
    public PendingBatch Pending { get; }

    public static PreparedBatch From(ReadOnlyMemory<byte> records, TopicPolicy policy, long nowMs)
    {
        var verdict = BatchValidator.Validate(records.Span, policy.Rules, nowMs);
        if (!verdict.IsValid) return new(verdict, default, null);
        // the frame is ours: it was read from the socket for this request alone
        var batch = MemoryMarshal.AsMemory(records);
        var header = verdict.Header;
        IDisposable? owned = null;
        if (policy.Recompress is { } codec && codec != header.Compression)
        {
            var rebuilt = new PooledBytes(batch.Length);
            owned = rebuilt;
            var refusal = Recompressor.Recompress(batch.Span, codec, policy.CompressionLevel, rebuilt, policy.Rules);
            if (!refusal.IsValid)
            {
                rebuilt.Dispose();
                return new(refusal, default, null);
            }

            batch = MemoryMarshal.AsMemory(rebuilt.WrittenMemory);
            Invariant.That(BatchHeader.TryRead(batch.Span, out header));
        }

        if (verdict.NeedsTimestamp)
        {
            BatchHeader.SetMaxTimestamp(batch.Span, policy.Rules.TimestampType, verdict.MaxTimestamp);
            Invariant.That(BatchHeader.TryRead(batch.Span, out header));
        }

        return new(verdict, new PendingBatch(batch, header), owned);
    }

    public void Dispose() => _owned?.Dispose();
}
