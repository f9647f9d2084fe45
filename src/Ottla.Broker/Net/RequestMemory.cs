using Microsoft.Extensions.Logging;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Platform;

namespace Ottla.Broker.Net;

/// <summary>A large request that is being received.</summary>
internal interface IUpload
{
    /// <summary>Who sends it, for the log.</summary>
    string From { get; }

    long Expected { get; }

    long Received { get; }

    /// <summary>Its connection is closed; its memory comes back a moment later.</summary>
    void GiveUp();
}

/// <summary>Bounds the bytes of large requests that are being received or are at work, over all connections.</summary>
/// <remarks>
/// A large request begins only while less than the bound is in use; whoever finds none waits its turn, and its socket's buffer fills: that is the
/// back-pressure. What has begun may finish, so nobody waits for a neighbour that waits for it. Each counts up to <see cref="ShareBytesMax"/>; what
/// goes beyond that is for one at a time, and outside of the bound. So memory stays below the bound, a share for each that began just below it, and
/// one `socket.request.max.bytes`. What counts is buffers filled by bytes that came, not lengths that were announced.
/// The slow do not keep the fast waiting: while somebody waits there is a look each second, and the upload that would take longest at the rate of the
/// last second is given up, if that is more than <see cref="PatienceSeconds"/>. While nobody waits an upload may be as slow as it likes.
/// Requests that wait for others have given their frames back (<see cref="RequestContext.ReleaseFrame"/>). Thread-safe.
/// </remarks>
internal sealed partial class RequestMemory : IDisposable
{
    private const int PatienceSeconds = 5;

    /// <summary>Dropped buffers of this size together are worth a collection: a fetch of a million partitions leaves ten times of it.</summary>
    private const long CollectAfterBytes = 16 << 20;

    /// <summary>Several large requests in a row are collected together.</summary>
    private static readonly TimeSpan CollectionPause = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LookPause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly Queue<(IUpload Upload, TaskCompletionSource Ready)> _waitingGiants = new();
    private readonly Dictionary<IUpload, long> _uploads = [];
    private readonly long _bytesMax;
    private readonly ILogger _log;
    private readonly ITimer _looks;
    private readonly ITimer _collection;
    private IUpload? _giant;
    private long _used;
    private long _dropped;
    private bool _isLooking;

    public RequestMemory(long bytesMax, TimeProvider time, ILogger log)
    {
        (_bytesMax, _log) = (bytesMax, log);
        _looks = time.CreateTimer(static memory => ((RequestMemory)memory!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _collection = time.CreateTimer(static memory => ((RequestMemory)memory!).Collect(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What one request may hold beside others; beyond it, it waits to be the only one.</summary>
    public int ShareBytesMax => (int)Math.Clamp(_bytesMax / 4, 64 << 10, 16 << 20);

    /// <summary>Waits until a large request may begin; to be followed by <see cref="End"/>.</summary>
    public ValueTask Begin(IUpload upload)
    {
        lock (_gate)
        {
            _uploads.Add(upload, -1);
            if (_used < _bytesMax) return ValueTask.CompletedTask;
            var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(ready);
            LookSoon();
            return new ValueTask(ready.Task);
        }
    }

    /// <summary>It has come whole, or nothing more of it will.</summary>
    public void End(IUpload upload)
    {
        lock (_gate) _uploads.Remove(upload);
    }

    /// <summary>Waits until an upload may hold more than a share; to be followed by <see cref="LeaveAlone"/>.</summary>
    public ValueTask BeAlone(IUpload upload)
    {
        lock (_gate)
        {
            if (_giant is null)
            {
                _giant = upload;
                return ValueTask.CompletedTask;
            }

            var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waitingGiants.Enqueue((upload, ready));
            LookSoon();
            return new ValueTask(ready.Task);
        }
    }

    /// <summary>What was above a share is given back.</summary>
    public void LeaveAlone(IUpload upload)
    {
        lock (_gate)
        {
            Invariant.That(_giant == upload);
            _giant = null;
            if (!_waitingGiants.TryDequeue(out var next)) return;
            _giant = next.Upload;
            next.Ready.SetResult();
        }
    }

    /// <summary>A buffer was taken.</summary>
    public void Take(long bytes)
    {
        // whoever was let in has taken its first buffer: the next may come if there is room left, not only once this one is done
        if (Interlocked.Add(ref _used, bytes) < _bytesMax) LetNextIn();
    }

    /// <summary>A buffer was given back.</summary>
    public void Release(long bytes)
    {
        if (bytes == 0) return;
        var used = Interlocked.Add(ref _used, -bytes);
        Invariant.That(used >= 0);
        if (used < _bytesMax) LetNextIn();
    }

    /// <summary>A large buffer was left to the garbage collector, which would not look for it while the node is at rest.</summary>
    public void NoteDropped(long bytes)
    {
        if (bytes <= FrameMemory.PooledBytesMax) return;
        var dropped = Interlocked.Add(ref _dropped, bytes);
        if (dropped >= CollectAfterBytes && dropped - bytes < CollectAfterBytes) _collection.Change(CollectionPause, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _looks.Dispose();
        _collection.Dispose();
    }

    private void LetNextIn()
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out var next)) next.SetResult();
        }
    }

    private void LookSoon()
    {
        if (_isLooking) return;
        _isLooking = true;
        foreach (var upload in _uploads.Keys) _uploads[upload] = upload.Received;
        _looks.Change(LookPause, Timeout.InfiniteTimeSpan);
    }

    private void Look()
    {
        IUpload? slowest = null;
        long inLastSecond = 0;
        lock (_gate)
        {
            if (_waiting.Count + _waitingGiants.Count == 0)
            {
                _isLooking = false;
                return;
            }

            var longest = (double)PatienceSeconds;
            foreach (var (upload, before) in _uploads)
            {
                var received = upload.Received;
                _uploads[upload] = received;
                // those who wait have nothing that could be given back, and those that came since the last look are not known yet
                if (before < 0 || received == 0 || (_waiting.Count == 0 && upload != _giant)) continue;
                var seconds = (upload.Expected - received) / Math.Max(received - before, 1d);
                if (seconds <= longest) continue;
                (slowest, longest, inLastSecond) = (upload, seconds, received - before);
            }

            _looks.Change(LookPause, Timeout.InfiniteTimeSpan);
        }

        if (slowest is null) return;
        LogGivenUp(_log, slowest.From, slowest.Received, slowest.Expected, inLastSecond, _bytesMax);
        slowest.GiveUp();
    }

    private void Collect()
    {
        Interlocked.Exchange(ref _dropped, 0);
        ProcessMemory.GiveBack();
    }

    [LoggerMessage(EventId = 1104, Level = LogLevel.Warning, Message =
        "{Host} has sent {Received} of a request's {Expected} bytes, {Rate} of them in the last second, while others wait for the memory that it holds: its " +
        "connection is closed. Large requests together may take {Max} bytes (queued.max.request.bytes)")]
    private static partial void LogGivenUp(ILogger logger, string host, long received, long expected, long rate, long max);
}
