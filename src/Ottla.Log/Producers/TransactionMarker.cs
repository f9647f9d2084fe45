using System.Buffers.Binary;
using Ottla.Protocol.Batches;

namespace Ottla.Log.Producers;

/// <summary>The one record of a control batch that ends a transaction: commit or abort, and the epoch of the coordinator that says so.</summary>
internal readonly record struct TransactionMarker(bool Commits, int CoordinatorEpoch)
{
    private const short Abort = 0;
    private const short Commit = 1;

    /// <summary>Reads the marker of a whole control batch; false where it holds none (markers of the quorum).</summary>
    public static bool TryRead(ReadOnlySpan<byte> batch, out TransactionMarker marker)
    {
        marker = default;
        var at = batch[BatchHeader.Size..];
        if (!TryVarint(ref at, out _) || at.IsEmpty) return false;
        at = at[1..];
        if (!TryVarint(ref at, out _) || !TryVarint(ref at, out _)) return false;
        if (!TryBytes(ref at, out var key) || !TryBytes(ref at, out var value)) return false;
        if (key.Length < 4 || value.Length < 6) return false;
        var type = BinaryPrimitives.ReadInt16BigEndian(key[2..]);
        if (type is not (Abort or Commit)) return false;
        marker = new(type == Commit, BinaryPrimitives.ReadInt32BigEndian(value[2..]));
        return true;
    }

    private static bool TryBytes(ref ReadOnlySpan<byte> at, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (!TryVarint(ref at, out var length) || length < 0 || length > at.Length) return false;
        bytes = at[..(int)length];
        at = at[(int)length..];
        return true;
    }

    private static bool TryVarint(ref ReadOnlySpan<byte> at, out long value)
    {
        ulong raw = 0;
        for (var shift = 0; shift < 64 && !at.IsEmpty; shift += 7)
        {
            var next = at[0];
            at = at[1..];
            raw |= (ulong)(next & 0x7f) << shift;
            if (next >= 0x80) continue;
            value = (long)(raw >> 1) ^ -(long)(raw & 1);
            return true;
        }

        value = 0;
        return false;
    }
}
