using Ottla.Raft.History;

namespace Ottla.Raft.Following;

/// <summary>A snapshot on its way here.</summary>
/// <param name="Id">Which.</param>
/// <param name="Position">Bytes that are stored.</param>
/// <param name="IsStoring">A part came and is being stored, or all of it read: the next one is not asked for yet.</param>
internal sealed record SnapshotFetch(LogPoint Id, long Position, bool IsStoring);
