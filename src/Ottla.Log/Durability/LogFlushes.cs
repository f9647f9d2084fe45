using Ottla.Log.Directories;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Loops;

namespace Ottla.Log.Durability;

/// <summary>Flushes that somebody waits for (flush.messages), off the threads that serve sockets and outside of the writers' locks.</summary>
/// <remarks>
/// A loop of its own, which may block. Whoever asks while a log's flush runs shares the next one with all others who ask meanwhile: with flush.messages=1 an
/// fsync serves every request that came during the one before. Bound: one entry for each log that somebody waits for, and each request in flight waits for
/// the logs that it wrote to.
/// Failure: a disk that refuses takes the directory offline, and those who wait hear KAFKA_STORAGE_ERROR: their records may be there after the next start, as
/// with any answer that did not come.
/// </remarks>
public sealed class LogFlushes(Action<Exception> fault)
{
    private readonly EventLoop _loop = new("log-flushes", fault);
    private readonly Lock _gate = new();
    private readonly Dictionary<PartitionLog, TaskCompletionSource<ErrorCode>> _waiting = [];

    /// <summary>Completes when all that was appended before the call is on the disk, or can't be. Any thread; never goes on on the loop.</summary>
    public Task<ErrorCode> Flush(LogPlace place)
    {
        lock (_gate)
        {
            if (_waiting.TryGetValue(place.Log, out var shared)) return shared.Task;
            var done = new TaskCompletionSource<ErrorCode>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add(place.Log, done);
            _loop.Post(() => Run(place));
            return done.Task;
        }
    }

    private void Run(LogPlace place)
    {
        TaskCompletionSource<ErrorCode>? done;
        lock (_gate)
        {
            // before the flush: who comes from here on has records that it may not see
            var waited = _waiting.Remove(place.Log, out done);
            Invariant.That(waited);
        }

        done!.SetResult(Flushed(place));
    }

    private static ErrorCode Flushed(LogPlace place)
    {
        if (!place.Directory.IsOnline) return ErrorCode.KafkaStorageError;
        try
        {
            place.Log.Flush();

            // one that was closed meanwhile has not flushed: the stop, or the deletion, of which the client hears as of any other
            return place.Log.IsClosed ? ErrorCode.NotLeaderOrFollower : ErrorCode.None;
        }
        catch (IOException gone) when (place.Log.IsClosed && gone is not Runtime.Files.FlushFailedException)
        {
            // it was deleted or moved meanwhile: a move flushes what it takes along
            return ErrorCode.NotLeaderOrFollower;
        }
        catch (IOException fault)
        {
            return place.Directory.Report(fault, $"flushing {place.Log.Partition}");
        }
    }
}
