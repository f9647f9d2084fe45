using Ottla.Log.Handles;
using Ottla.Protocol.Primitives;

namespace Ottla.Log;

/// <summary>What <see cref="PartitionLog.Read"/> found.</summary>
/// <param name="Error">None; OFFSET_OUT_OF_RANGE; CORRUPT_MESSAGE where the log holds what is no batch.</param>
/// <param name="Records">Whole batches, to be disposed of by whoever gets them; null where there are none.</param>
/// <param name="FirstOffset">First offset of the first batch, or the offset asked for where no header had to be read: not above what was
/// asked for.</param>
/// <param name="NextOffset">Offset after the last batch: where the next read goes on.</param>
public readonly record struct LogSlice(ErrorCode Error, FileRange? Records, Offset FirstOffset, Offset NextOffset)
{
    public int Length => Records?.Length ?? 0;

    internal static LogSlice Nothing(Offset at) => new(ErrorCode.None, null, at, at);

    internal static LogSlice Failed(ErrorCode error) => new(error, null, Offset.None, Offset.None);
}
