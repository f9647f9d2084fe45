using Microsoft.Extensions.Logging;
using Ottla.Metadata.Control;
using Ottla.Metadata.Formatting;
using Ottla.Metadata.Image;
using Ottla.Metadata.Log;
using Ottla.Metadata.Records;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;

namespace Ottla.Metadata.Service;

/// <summary>The metadata as the quorum makes them on this node: the committed image, which brokers and clients see, and while the node
/// leads, the controller with its own image ahead of it.</summary>
/// <remarks>
/// Owned by the metadata loop; <see cref="Image"/> alone is read by any thread. Whoever runs the quorum drives it: <see cref="Commit"/>
/// when the high watermark moves, <see cref="Lead"/> and <see cref="Resign"/> when leadership comes and goes, <see cref="Truncated"/> after
/// the log was cut, <see cref="Reload"/> after it was replaced by a snapshot.
/// A leader's decisions are appended and replayed at once and published when they are committed, without reading them again. Everybody else
/// reads the log up to the high watermark, no further.
/// What a request decides is worked out and encoded before anything is appended: what fails there is answered and has changed nothing. From
/// the append on a failure is fatal, since the log and the controller's image would differ: it goes to the loop's fault handler.
/// </remarks>
internal sealed class ReplicatedMetadata
{
    private const string NoController = "This node is not the active controller.";

    private readonly ControllerServiceOptions _options;
    private readonly MetadataLog _log;
    private readonly SharedLists _lists;
    private readonly MetadataReplay _committed;
    private readonly List<IMetadataSubscriber> _subscribers = [];
    private readonly PendingAnswers _pending = new();
    private MetadataReplay? _whole;
    private MetadataImage _image = MetadataImage.Empty;
    private LeaderEpoch _epoch;
    private IReadOnlyList<object>? _openTransaction;
    private Offset _openUntil;
    private bool _isPublished;

    public ReplicatedMetadata(ControllerServiceOptions options, MetadataLog log, LoadedMetadata loaded, SharedLists lists)
    {
        _options = options;
        _log = log;
        _lists = lists;
        _committed = loaded.Committed;
        _whole = loaded.Whole;
    }

    /// <summary>All that is committed and was published. Any thread.</summary>
    public MetadataImage Image => Volatile.Read(ref _image);

    /// <summary>The brain, while this node leads; else null.</summary>
    public Controller? Active { get; private set; }

    /// <summary>From now on the subscriber hears of everything that is committed; what was published already comes first.</summary>
    public void Subscribe(IMetadataSubscriber subscriber)
    {
        _subscribers.Add(subscriber);
        if (_isPublished) subscriber.Publish(MetadataImage.Empty, Image, MetadataDelta.FromNothing(Image));
    }

    /// <summary>This node leads: the controller is made from all that the log holds, committed or not, since the leader's log is what will
    /// be. Then the epoch is opened, a transaction that a former leader left is aborted, and a new cluster gets its first
    /// records.</summary>
    public void Lead(LeaderEpoch epoch, EpochOpening opening)
    {
        Invariant.That(Active is null && epoch > _epoch);
        _epoch = epoch;
        // what was read at the start serves as long as nothing was published, for what is published next has to say what changed since
        var whole = _whole is { } read && !_isPublished && read.End.EndOffset == _log.LogEndOffset ? read : _committed.Fork();
        _whole = null;
        _log.ReadOn(whole, _log.LogEndOffset);
        var image = whole.Take(out var delta);
        Active = new Controller(_options.Settings, image, _lists, _options.Random, NowMs());
        if (image.Provenance.EndOffset > Image.Provenance.EndOffset) _pending.Add(new(image.Provenance.EndOffset, delta, image, null));
        Open(opening);
        _openTransaction = whole.OpenTransaction;
        if (_openTransaction is not null) Take(FeatureControl.AbortOpenTransaction());
        _openUntil = Active.NextOffset;
        if (Active.Image.IsEmpty) Take(Active.Features.Bootstrap(_log.Bootstrap.Records.Count > 0
            ? _log.Bootstrap.Records
            : BootstrapRecords.Latest()));
    }

    /// <summary>This node leads no more: whoever waits is told, and the controller goes with all that was not committed.</summary>
    public void Resign()
    {
        if (Active is null) return;
        Active = null;
        _pending.Refuse(ErrorCode.NotController, NoController);
        if (Image.Provenance.EndOffset > _committed.End.EndOffset)
            _committed.ContinueFrom(Image, Image.Provenance.EndOffset < _openUntil ? _openTransaction : null);
        _openTransaction = null;
    }

    /// <summary>The log was cut at its end.</summary>
    public void Truncated()
    {
        Invariant.That(Active is null);
        Invariant.That(_log.LogEndOffset >= _committed.End.EndOffset);
        _whole = null;
    }

    /// <summary>The log begins anew behind a snapshot that came from the leader.</summary>
    /// <returns>Whom the snapshot names as voters; null where it names none.</returns>
    public VoterSet? Reload()
    {
        Invariant.That(Active is null);
        _whole = null;
        var loaded = _log.LoadSnapshot(_lists);
        Invariant.That(loaded.End.EndOffset >= _committed.End.EndOffset);
        var image = loaded.Take(out _);
        _committed.ContinueFrom(image, null);
        Publish(MetadataDelta.Between(Image, image), image);
        return loaded.LastVoters is { } voters ? new VoterSet(loaded.KRaftLevel, voters) : null;
    }

    /// <summary>Appends the record of other voters; they count from now on, and are published when they are committed.</summary>
    public void Append(VoterSet voters, bool withLevel)
    {
        Invariant.That(Active is not null);
        var now = NowMs();
        var end = _log.Append(voters, withLevel, _epoch, now);
        var delta = Active!.ReplayControl(withLevel ? voters.KRaftVersion : null, end, now);
        _pending.Add(new(end.EndOffset, delta, Active.Image, null));
    }

    /// <summary>All below the high watermark is committed: publishes it and answers those who waited for it.</summary>
    public void Commit(Offset highWatermark)
    {
        if (Active is null)
        {
            if (highWatermark <= _committed.End.EndOffset && _isPublished) return;
            _whole = null;
            _log.ReadOn(_committed, highWatermark);
            var image = _committed.Take(out var delta);
            Publish(delta, image);
            return;
        }

        if (!_isPublished) PublishFirst(highWatermark);
        while (_pending.TakeBelow(highWatermark) is { } next)
        {
            if (next.Delta is { } delta && next.Image.Provenance.EndOffset > Image.Provenance.EndOffset) Publish(delta, next.Image);
            next.Waiter?.Answer();
        }
    }

    /// <summary>Does what the active controller has to do by itself by now.</summary>
    /// <returns>When it has to be called again if nothing is decided before, ms since 1970; the largest number where this node does not
    /// lead.</returns>
    public long Tick()
    {
        if (Active is not { } controller) return long.MaxValue;
        controller.NowMs = NowMs();
        foreach (var decision in controller.Periodic.Tick())
        {
            if (decision.Records.Count > 0) Take(decision);
        }

        return controller.Periodic.NextMs;
    }

    private void Open(EpochOpening opening)
    {
        var now = NowMs();
        var end = _log.Append(opening, _epoch, now);
        var delta = Active!.ReplayControl(opening.VotersToWrite?.KRaftVersion, end, now);
        _pending.Add(new(end.EndOffset, delta, Active.Image, null));
    }

    /// <summary>Lets the controller decide; what it decides is in the log on return, and answered once it is committed.</summary>
    public void Decide<TResponse>(Func<Controller, MetadataDecision<TResponse>> decide, Asker asker, TaskCompletionSource<ControllerAnswer<TResponse>> done)
        where TResponse : class
    {
        if (Active is not { } controller)
        {
            done.SetResult(new(ErrorCode.NotController, NoController, null));
            return;
        }

        var now = NowMs();
        MetadataDecision<TResponse> decision;
        EncodedRecords encoded;
        try
        {
            controller.NowMs = now;
            decision = decide(controller);
            encoded = _log.Encode(decision.Records, decision.IsAtomic, _epoch, now);
        }
#pragma warning disable CA1031 // nothing has changed yet, and who asked gets an answer
        catch (Exception fault)
#pragma warning restore CA1031
        {
            ServiceMessages.DecisionFailed(_options.Context.Logger, asker, ServiceMessages.Brief(fault));
            done.SetResult(new(ErrorCode.UnknownServerError, ErrorCode.UnknownServerError.UsualMessage(), null));
            return;
        }

        if (encoded.Refusal is { } refusal)
        {
            done.SetResult(new(refusal.Code, refusal.Message, null));
            return;
        }

        MetadataDelta? delta = null;
        if (decision.Records.Count > 0) delta = controller.Replay(decision.Records, _log.Append(encoded), now);
        _pending.Add(new(controller.NextOffset, delta, controller.Image, new Waiter<TResponse>(done, decision.Response)));
    }

    /// <summary>What this node decides by itself as it begins to lead.</summary>
    private void Take(MetadataDecision<Done> decision)
    {
        var now = NowMs();
        var encoded = _log.Encode(decision.Records, decision.IsAtomic, _epoch, now);
        Invariant.That(encoded.Refusal is null);
        var delta = Active!.Replay(decision.Records, _log.Append(encoded), now);
        _pending.Add(new(Active.NextOffset, delta, Active.Image, null));
    }

    /// <summary>The first image brings all that is committed by now: what the log held, and what this node added as it began to
    /// lead.</summary>
    private void PublishFirst(Offset highWatermark)
    {
        if (_pending.LastBelow(highWatermark) is { Delta: { } delta, Image: var image }) Publish(delta, image);
    }

    private void Publish(MetadataDelta delta, MetadataImage image)
    {
        Invariant.That(image.Provenance.EndOffset >= Image.Provenance.EndOffset);
        var old = _isPublished ? Image : MetadataImage.Empty;
        // the first brings all that was read and all that starting added
        if (!_isPublished && _subscribers.Count > 0) delta = MetadataDelta.FromNothing(image);
        _isPublished = true;
        Volatile.Write(ref _image, image);
        foreach (var subscriber in _subscribers) subscriber.Publish(old, image, delta);
    }

    private long NowMs() => _options.Context.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed class Waiter<TResponse>(TaskCompletionSource<ControllerAnswer<TResponse>> done, TResponse response) : PendingAnswers.IWaiter
        where TResponse : class
    {
        public void Answer() => done.SetResult(ControllerAnswer<TResponse>.Of(response));

        public void Refuse(ErrorCode error, string message) => done.SetResult(new(error, message, null));
    }
}
