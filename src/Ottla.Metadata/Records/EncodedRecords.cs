using Ottla.Metadata.Control;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Records;

/// <summary>Records as batches for one place in the log, or why they can't be.</summary>
/// <param name="BaseOffset">Where they go; they are of no use elsewhere.</param>
/// <param name="Epoch">Of the leader who writes them.</param>
/// <param name="Batches">Good until the next encoding.</param>
/// <param name="Refusal">More than one request may change; null where there are batches.</param>
internal sealed record EncodedRecords(Offset BaseOffset, LeaderEpoch Epoch, IReadOnlyList<ReadOnlyMemory<byte>> Batches, Verdict? Refusal = null);
