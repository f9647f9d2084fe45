using Ottla.Metadata.Log;
using Ottla.Metadata.Service;
using Ottla.Metadata.Snapshots;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.History;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;
using Ottla.Runtime.Loops;
using WireRecords = Ottla.Protocol.Wire.Records;

namespace Ottla.Metadata.Quorum;

/// <summary>Runs a <see cref="QuorumNode"/>: hands it what happens, and does what it wants with the disk, the network and the clock.</summary>
/// <remarks>
/// Owned by the metadata loop. Appends, truncations and the quorum's file are done on it, as they are wanted; flushes run on a loop of their
/// own, one at a time, so that all that was appended during one shares the next; answers of others come in as steps of the loop.
/// An observer flushes nothing: what it loses in a crash the leader sends again.
/// One timer stands for the earliest thing that is due; the sole voter's node has none.
/// Failure: the disk's and our own bugs go to the loop's fault handler. What others send that can't be is refused by the node.
/// </remarks>
internal sealed class QuorumDriver : IDisposable
{
    private readonly ControllerServiceOptions _options;
    private readonly MetadataLog _log;
    private readonly ReplicatedMetadata _metadata;
    private readonly EventLoop _loop;
    private readonly EventLoop _flusher;
    private readonly Action<Offset> _committed;
    private readonly Action _finished;
    private readonly Queue<QuorumInput> _inputs = new();
    private readonly Dictionary<long, Asked> _asked = [];
    private readonly long _began;
    private ITimer? _timer;
    private long _timerAt = long.MaxValue;
    private long _lastAsked;
    private Offset _told;
    private int _truncations;
    private bool _isFlushing;
    private bool _isBusy;
    private bool _isHeld;
    private bool _isClosed;
    private SnapshotDownload? _download;

    public QuorumDriver(
        ControllerServiceOptions options, MetadataLog log, ReplicatedMetadata metadata, QuorumNode node, EventLoop loop, Action<Offset> committed, Action finished)
    {
        _options = options;
        _log = log;
        _metadata = metadata;
        Node = node;
        _loop = loop;
        _flusher = new EventLoop("metadata-flush", options.Fault, options.Loops);
        _committed = committed;
        _finished = finished;
        _began = options.Context.Time.GetTimestamp();
    }

    public QuorumNode Node { get; }

    /// <summary>No flush is under way: the log may be closed.</summary>
    public bool IsIdle => !_isFlushing;

    /// <summary>Hands one thing to the node, does what it wants, and hands it what comes of that.</summary>
    public void Step(QuorumInput input)
    {
        if (_isClosed) return;
        _inputs.Enqueue(input);
        // what an answer brings about while the node is at work waits for its turn
        if (_isBusy) return;
        _isBusy = true;
        while (_inputs.TryDequeue(out var next))
        {
            var outputs = Node.Step(NowMs(), next);
            // whoever waits for the controller is told before anything else happens to its log
            if (_metadata.Active is not null && Node.Role != QuorumRole.Leader) _metadata.Resign();
            foreach (var output in outputs) Perform(output);
        }

        _isBusy = false;
        SetTimer();
        Flush();
    }

    /// <summary>The controller appended: tells the node, and flushes.</summary>
    public void TellAppends()
    {
        if (_log.LogEndOffset <= _told || Node.Role != QuorumRole.Leader) return;
        _told = _log.LogEndOffset;
        Step(new QuorumInput.Appended(_told));
    }

    /// <summary>What is appended in these steps goes with one flush.</summary>
    public void Together(Action steps)
    {
        Invariant.That(!_isHeld);
        _isHeld = true;
        steps();
        _isHeld = false;
        Flush();
    }

    /// <summary>Somebody asks.</summary>
    /// <param name="request">What.</param>
    /// <param name="answer">Told once, on the loop, of the answer and, to a fetch, of its records.</param>
    /// <returns>Ends the wait.</returns>
    public long Ask(QuorumRequest request, Action<QuorumAnswer, WireRecords> answer)
    {
        var id = ++_lastAsked;
        if (_isClosed)
        {
            answer(new QuorumAnswer.Done(ErrorCode.NotLeaderOrFollower), WireRecords.Empty);
            return id;
        }

        _asked[id] = new Asked(request, answer);
        Step(new QuorumInput.Asked(id, request));
        return id;
    }

    /// <summary>Whoever asked is gone.</summary>
    public void Forget(long id)
    {
        if (_asked.Remove(id)) Step(new QuorumInput.AskerLeft(id));
    }

    /// <summary>A snapshot was written, or old ones were removed.</summary>
    public void Trimmed()
    {
        if (_log.EarliestSnapshot is { } earliest && _log.LatestSnapshot is { } latest)
            Step(new QuorumInput.LogTrimmed(_log.LogStartOffset, LogSummaries.Of(earliest), LogSummaries.Of(latest)));
    }

    /// <summary>Milliseconds of the clock that the node goes by.</summary>
    public long NowMs() => (long)_options.Context.Time.GetElapsedTime(_began).TotalMilliseconds;

    public void Dispose()
    {
        _isClosed = true;
        _timer?.Dispose();
        _download?.Dispose();
        foreach (var asked in _asked.Values) asked.Answer(new QuorumAnswer.Done(ErrorCode.NotLeaderOrFollower), WireRecords.Empty);
        _asked.Clear();
    }

    private void Perform(QuorumOutput output)
    {
        switch (output)
        {
            case QuorumOutput.SaveState save:
                _log.SaveQuorumState(save.State);
                _inputs.Enqueue(new QuorumInput.StateSaved(save.Version));
                break;
            case QuorumOutput.Send send: Send(send); break;
            case QuorumOutput.Answer answer: Answer(answer); break;
            case QuorumOutput.Truncate truncate:
                _truncations++;
                _log.TruncateTo(truncate.End);
                _metadata.Truncated();
                break;
            case QuorumOutput.AppendFetched fetched:
                var wrong = _log.AppendAsFollower(fetched.Batches.Bytes);
                Invariant.That(wrong is null && _log.LogEndOffset == fetched.Batches.End);
                break;
            case QuorumOutput.OpenEpoch open: OpenEpoch(open); break;
            case QuorumOutput.AppendVoters append:
                TellWhatWasAppended(() => _metadata.Append(append.Voters, append.WithLevel), append.Voters, append.WithLevel ? 1 : 0);
                break;
            case QuorumOutput.StoreSnapshotPart part: Store(part); break;
            case QuorumOutput.Commit commit:
                _metadata.Commit(commit.HighWatermark);
                _committed(commit.HighWatermark);
                break;
            case QuorumOutput.LeaderChanged { Leader.Value: >= 0 } changed:
                ServiceMessages.LeaderKnown(_options.Context.Logger, changed.Leader.Value, changed.Epoch.Value);
                break;
            case QuorumOutput.LeaderChanged or QuorumOutput.LeadershipReady: break;
            case QuorumOutput.Notice notice: ServiceMessages.QuorumNotice(_options.Context.Logger, notice.Text); break;
            case QuorumOutput.Finished: _finished(); break;
            default: throw new InvariantException($"The quorum's driver does not know {output.GetType()}");
        }
    }

    private void OpenEpoch(QuorumOutput.OpenEpoch open) =>
        // LeaderChange comes first; KRaftVersion and Voters follow where they are named
        TellWhatWasAppended(() => _metadata.Lead(open.Epoch, open.Opening), open.Opening.VotersToWrite, 2);

    private void TellWhatWasAppended(Action append, VoterSet? voters, int recordsBefore)
    {
        Invariant.That(_inputs.Count == 0 || Node.Role == QuorumRole.Leader);
        var change = voters is null ? null : new VoterChange(_log.LogEndOffset + recordsBefore, voters.KRaftVersion, voters.Voters);
        append();
        _told = _log.LogEndOffset;
        _inputs.Enqueue(new QuorumInput.Appended(_told, change));
    }

    private void Send(QuorumOutput.Send send)
    {
        if (_options.Peers is { } peers) _ = Ask(peers, send);
        else _inputs.Enqueue(new QuorumInput.Failed(send.Id, RequestFailure.Refused));
    }

    private async Task Ask(IQuorumPeers peers, QuorumOutput.Send send)
    {
        try
        {
            var reply = await peers.Ask(send.To, send.Request).ConfigureAwait(false);
            _loop.Post(() => Step(reply.Answer is { } answer ? new QuorumInput.Answered(send.Id, answer) : new QuorumInput.Failed(send.Id, reply.Failure)));
        }
#pragma warning disable CA1031 // what peers can bring about is a reply: this is a bug, and ends the process
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _options.Fault(fault);
        }
    }

    private void Answer(QuorumOutput.Answer output)
    {
        if (!_asked.Remove(output.Id, out var asked)) return;
        switch (output.With)
        {
            case QuorumAnswer.Fetched fetched when fetched.ReadFrom != Offset.None:
                asked.Answer(fetched, LeaderReads.Records(_log, fetched, ((QuorumRequest.Fetch)asked.Request).MaxBytes));
                break;
            case QuorumAnswer.SnapshotPart { Error: ErrorCode.None } part:
                asked.Answer(LeaderReads.Fill(_log, part, ((QuorumRequest.FetchSnapshot)asked.Request).MaxBytes), WireRecords.Empty);
                break;
            default: asked.Answer(output.With, WireRecords.Empty); break;
        }
    }

    private void Store(QuorumOutput.StoreSnapshotPart part)
    {
        if (part.Position == 0)
        {
            _download?.Dispose();
            _download = _log.BeginSnapshot(LogSummaries.Of(part.Snapshot));
        }

        Invariant.That(_download is { } open && open.Bytes == part.Position && open.Id == LogSummaries.Of(part.Snapshot));
        if (!_download!.Append(part.Bytes.Span)) Refuse(part.Snapshot);
        else if (!part.IsLast) _inputs.Enqueue(new QuorumInput.SnapshotPartStored(part.Snapshot, _download.Bytes));
        else Install(part.Snapshot, _download);
    }

    private void Install(LogPoint id, SnapshotDownload download)
    {
        try
        {
            _log.Install(download);
        }
        catch (MalformedMessageException)
        {
            Refuse(id);
            return;
        }

        _truncations++;
        _download = null;
        _inputs.Enqueue(new QuorumInput.SnapshotLoaded(id, _metadata.Reload()));
    }

    private void Refuse(LogPoint id)
    {
        _download?.Dispose();
        _download = null;
        _inputs.Enqueue(new QuorumInput.SnapshotRefused(id));
    }

    /// <summary>Flushes what is not durable, unless a flush is under way: what comes meanwhile goes with the next.</summary>
    private void Flush()
    {
        if (_isFlushing || _isHeld || _isClosed || !Node.HasToFlush) return;
        _isFlushing = true;
        var (end, truncations) = (_log.LogEndOffset, _truncations);
        _flusher.Post(() =>
        {
            _log.Flush();
            _loop.Post(() => Flushed(end, truncations));
        });
    }

    private void Flushed(Offset end, int truncations)
    {
        _isFlushing = false;
        if (truncations == _truncations) Step(new QuorumInput.LogFlushed(end));
        else Flush();
        if (_isClosed) _finished();
    }

    private void SetTimer()
    {
        // a timer that comes too early finds nothing to do, which costs less than a new one for each fetch
        if (_isClosed || Node.Deadline >= _timerAt) return;
        _timer?.Dispose();
        _timerAt = Node.Deadline;
        // the timer may be a little early, and a millisecond is nothing to wait for
        var due = TimeSpan.FromMilliseconds(Math.Max(1, _timerAt - NowMs()));
        _timer = _options.Context.Time.CreateTimer(_ => _loop.Post(TimePassed), null, due, Timeout.InfiniteTimeSpan);
    }

    private void TimePassed()
    {
        _timerAt = long.MaxValue;
        Step(new QuorumInput.TimePassed());
    }

    private sealed record Asked(QuorumRequest Request, Action<QuorumAnswer, WireRecords> Answer);
}
