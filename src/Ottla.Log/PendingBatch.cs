using System.Diagnostics.CodeAnalysis;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Log;

/// <summary>Whose batches are appended: what is checked and who gives the offsets.</summary>
public enum AppendOrigin
{
    /// <summary>A producer's: sequences, epochs, duplicates are checked.</summary>
    Client,

    /// <summary>The group or transaction coordinator's own, markers included: epochs are checked, duplicates are not looked for.</summary>
    Coordinator,

    /// <summary>From the leader: offsets and epochs stand, and are refused where they can't follow on what is there.</summary>
    Replication,
}

/// <summary>One whole batch that waits to be appended, and what became of it.</summary>
/// <param name="bytes">The batch; base offset and leader epoch are patched in place. The caller owns the memory, which is not used after
/// the append.</param>
/// <param name="header">Header of these bytes, as validated (read again where the timestamp was set).</param>
public struct PendingBatch(Memory<byte> bytes, in BatchHeader header)
{
    private readonly BatchHeader _header = header;

    public readonly Memory<byte> Bytes => bytes;

    [UnscopedRef]
    public readonly ref readonly BatchHeader Header => ref _header;

    /// <summary>None where the batch is in the log (now, or since before: <see cref="IsDuplicate"/>).</summary>
    public ErrorCode Error { get; internal set; } = ErrorCode.None;

    /// <summary>Offset of the batch's first record; none where it was refused.</summary>
    public Offset BaseOffset { get; internal set; } = Offset.None;

    /// <summary>When it was appended in ms since 1970, where the topic takes the time of the append (or the batch is a duplicate: its
    /// timestamp); else -1.</summary>
    public long LogAppendTime { get; internal set; } = BatchHeader.NoTimestamp;

    /// <summary>The producer sent it before; nothing was written.</summary>
    public bool IsDuplicate { get; internal set; }

    /// <summary>It is not in the log, for a reason that lies in another batch or in the disk; an answer that it has already stands.</summary>
    internal void Refuse(ErrorCode error)
    {
        if (Error != ErrorCode.None || IsDuplicate) return;
        Error = error;
        BaseOffset = Offset.None;
        LogAppendTime = BatchHeader.NoTimestamp;
    }
}
