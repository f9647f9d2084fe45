using Ottla.Metadata.Image;
using Ottla.Metadata.Log;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Voters;
using Ottla.Runtime.Loops;

namespace Ottla.Metadata.Service;

/// <summary>When snapshots of the metadata are written: after so many bytes of records, or so long after the last.</summary>
/// <remarks>Owned by the metadata loop. Writing runs on a loop of its own, from an image that cannot change; one at a time. The timer runs
/// only while records lie behind the last snapshot, so an idle node never wakes for it.</remarks>
internal sealed class SnapshotSchedule
{
    private readonly ControllerServiceOptions _options;
    private readonly MetadataLog _log;
    private readonly EventLoop _loop;
    private readonly EventLoop _writer;
    private readonly Func<Offset, VoterSet?> _votersAt;
    private readonly Action _written;
    private readonly long _interval;
    private long _lastMs;
    private ITimer? _timer;
    private bool _isWriting;
    private MetadataImage _newest = MetadataImage.Empty;
    private Action? _whenStopped;

    public SnapshotSchedule(ControllerServiceOptions options, MetadataLog log, EventLoop loop, Func<Offset, VoterSet?> votersAt, Action written)
    {
        _options = options;
        _log = log;
        _loop = loop;
        _votersAt = votersAt;
        _written = written;
        _writer = new EventLoop("metadata-snapshots", options.Fault, options.Loops);
        _interval = options.Limits.SnapshotIntervalMsMax;
        _lastMs = NowMs();
    }

    /// <summary>Something was committed: writes a snapshot if one is due, else sees to it that one comes in time.</summary>
    public void Consider(MetadataImage image)
    {
        _newest = image;
        if (_isWriting || _whenStopped is not null || _log.BytesSinceSnapshot == 0
            || image.Provenance.EndOffset <= (_log.LatestSnapshot?.EndOffset ?? Offset.Zero)) return;
        var wait = _interval <= 0 ? long.MaxValue : TimerWait.After(_lastMs, _interval) - NowMs();
        if (_log.IsSnapshotDue || wait <= 0) Write(image);
        else if (_timer is null && wait != long.MaxValue)
        {
            _timer = _options.Context.Time.CreateTimer(_ => _loop.Post(Tick), null, TimerWait.OfMs(wait), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Writes no more; tells when the last one is through.</summary>
    public void Stop(Action whenStopped)
    {
        StopTimer();
        _whenStopped = whenStopped;
        if (!_isWriting) whenStopped();
    }

    private void Tick()
    {
        StopTimer();
        Consider(_newest);
    }

    private void Write(MetadataImage image)
    {
        StopTimer();
        _isWriting = true;
        var bytesUpTo = _log.BytesSinceSnapshot;
        var voters = _votersAt(image.Provenance.EndOffset);
        _writer.Post(() =>
        {
            var bytes = _log.WriteSnapshot(image, voters);
            _loop.Post(() => Written(image.Provenance, bytes, bytesUpTo));
        });
    }

    private void Written(OffsetAndEpoch id, long bytes, long bytesUpTo)
    {
        _isWriting = false;
        _lastMs = NowMs();
        _log.SnapshotWritten(id, bytes, _log.BytesSinceSnapshot - bytesUpTo);
        _options.Context.Deletions.RunDue();
        _written();
        if (_whenStopped is { } stopped) stopped();
        else Consider(_newest);
    }

    private void StopTimer()
    {
        _timer?.Dispose();
        _timer = null;
    }

    private long NowMs() => _options.Context.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
