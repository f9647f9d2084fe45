using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Ottla.Metadata.Control;
using Ottla.Metadata.Features;
using Ottla.Metadata.Image;
using Ottla.Metadata.Log;
using Ottla.Metadata.Quorum;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;
using Ottla.Runtime.Loops;
using WireRecords = Ottla.Protocol.Wire.Records;

namespace Ottla.Metadata.Service;

/// <summary>The metadata on their loop, on each node: what the quorum commits is published; on the one that leads, request, decision,
/// append, flush, publish, answer.</summary>
/// <remarks>
/// All state belongs to the metadata loop; <see cref="Image"/> and <see cref="Leader"/> are volatile references that any thread reads.
/// Flushes and snapshots block on the disk, each on a loop of its own, so that decisions go on meanwhile: all that were appended during one
/// flush share the next (group commit).
/// An answer, also one that changes nothing, leaves when all that it was decided upon is committed and the subscribers know it. The quorum
/// is run by <see cref="QuorumDriver"/>, what the log means lies in <see cref="ReplicatedMetadata"/>.
/// Failure: an exception on a loop is a lost metadata directory or a bug; <see cref="ControllerServiceOptions.Fault"/> ends the process, as
/// Kafka halts.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "It ends by Stop or Abandon, which wait for the loop; what it owns is disposed there.")]
public sealed class ControllerService
{
    private readonly ControllerServiceOptions _options;
    private readonly MetadataLog _log;
    private readonly ReplicatedMetadata _metadata;
    private readonly QuorumDriver _quorum;
    private readonly EventLoop _loop;
    private readonly SnapshotSchedule _snapshots;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StrongBox<LeaderHint> _leader = new(LeaderHint.None);
    private ITimer? _ticks;
    private long _nextTickMs = long.MaxValue;
    private bool _isStarted;
    private bool _isStopping;
    private bool _isFinished;

    private ControllerService(ControllerServiceOptions options, MetadataLog log, LoadedMetadata loaded, SharedLists lists)
    {
        _options = options;
        _log = log;
        _metadata = new ReplicatedMetadata(options, log, loaded, lists);
        _loop = new EventLoop("metadata", options.Fault, options.Loops);
        var recorded = RecordedVoters(loaded) ?? log.Bootstrap.Voters;
        if (recorded is { KRaftVersion: >= 1 } && options.StaticVoters.Count > 0) ServiceMessages.StaticVotersIgnored(options.Context.Logger, recorded.Ids());
        var first = recorded ?? options.StaticVoters;
        var start = new QuorumStart(
            log.ReadQuorumState(), LogSummaries.Of(log), first, RecordedVoters(loaded) is not null, loaded.Whole.VoterChanges);
        var local = options.Local ?? new LocalReplica(first.Find(options.Settings.NodeId)?.Key ?? new ReplicaKey(options.Settings.NodeId, Uuid.Zero), "", [], true);
        _quorum = new QuorumDriver(
            options, log, _metadata, new QuorumNode(options.Quorum, local, start, options.Random), _loop, Committed, Finished);
        _snapshots = new SnapshotSchedule(options, log, _loop, VotersAt, _quorum.Trimmed);
    }

    /// <summary>All that is committed. Any thread.</summary>
    public MetadataImage Image => _metadata.Image;

    public string ClusterId => _options.Settings.ClusterId;

    /// <summary>Whether there is nothing in the metadata log yet but what formatting left.</summary>
    public bool IsNew => _log.LogEndOffset == Offset.Zero && _log.LatestSnapshot is null;

    /// <summary>The epoch of the quorum that this node is in.</summary>
    public LeaderEpoch Epoch => _quorum.Node.Epoch;

    /// <summary>Who leads the quorum, and is the active controller; an id of none where nobody does, as far as this node knows. Any
    /// thread.</summary>
    public LeaderHint Leader => Volatile.Read(ref _leader).Value;

    /// <summary>This node is the only voter: nobody else has to agree to what it decides. As far as its log says it now.</summary>
    public bool IsSoleVoter => _quorum.Node is { IsVoter: true, Voters.Count: 1 };

    /// <summary>Why the node can't run with these voters; null where it can. Before <see cref="Open"/>, for a message that names the
    /// configs.</summary>
    public static string? WhyNotAlone(BrokerId id, VoterSet voters)
    {
        if (voters.Count == 0)
            return $"The metadata quorum has no voter. Format the directory with --standalone, or set controller.quorum.voters={id}@HOST:PORT.";
        if (voters.Count > 1)
        {
            return $"The metadata quorum has {voters.Count} voters ({voters.Ids()}). This version runs one node alone; nothing was changed. " +
                $"Keep to the distributed cluster, or start a new directory with node {id} as the only voter.";
        }

        return voters.Voters[0].Id == id
            ? null
            : $"The only voter of the metadata quorum is node {voters.Voters[0].Id}, this is node {id}. Set node.id={voters.Voters[0].Id}, or name node {id} as the voter.";
    }

    /// <summary>Opens the metadata log and reads it. Nothing is written before <see cref="Start"/>.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    /// <exception cref="MalformedMessageException">The log makes no sense, or was written by several voters.</exception>
    public static ControllerService Open(ControllerServiceOptions options)
    {
        var lists = new SharedLists();
        var log = MetadataLog.Open(options.Context, options.MetadataLogDir, options.Limits);
        try
        {
            var loaded = log.Load(lists);
            var voters = loaded.Voters ?? log.Bootstrap.Voters ?? options.StaticVoters;
            var whyNot = options.Peers is null ? WhyNotAlone(options.Settings.NodeId, voters) : null;
            return (whyNot ?? WhyTooNew(loaded.Image)) is { } why
                ? throw new MalformedMessageException(why)
                : new ControllerService(options, log, loaded, lists);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Closes a log that was opened and not started; nothing was written.</summary>
    public void Abandon()
    {
        Invariant.That(!_isStarted);
        _log.Dispose();
    }

    /// <summary>From now on the subscriber hears of everything that is committed; what is there already comes first, if anything
    /// is.</summary>
    public void Subscribe(IMetadataSubscriber subscriber) => _loop.Post(() => _metadata.Subscribe(subscriber));

    /// <summary>As the only voter: leads the quorum, gives a new cluster its first records and registers this node, all with one
    /// flush.</summary>
    /// <returns>The broker's epoch, or why it can't be registered.</returns>
    public Task<ControllerAnswer<BrokerRegistrationResponse>> Start(SelfRegistration self)
    {
        var done = New<BrokerRegistrationResponse>();
        _loop.Post(() => _quorum.Together(() =>
        {
            Begin();
            var controllers = New<ControllerRegistrationResponse>();
            _metadata.Decide(
                controller => controller.Controllers.RegisterController(self.ToController()), Asker.Self("ControllerRegistration"), controllers);
            _metadata.Decide(controller => controller.Brokers.RegisterSelf(self.ToBroker()), Asker.Self("BrokerRegistration"), done);
            Decided();
        }));
        return done.Task;
    }

    /// <summary>Takes part in the quorum from now on, as one of several voters or as an observer.</summary>
    public void Start() => _loop.Post(Begin);

    /// <summary>Hands a request to the controller and answers once its records are committed and published.</summary>
    /// <param name="decide">Runs on the metadata loop; must not wait.</param>
    /// <param name="asker">Told where something goes wrong inside.</param>
    /// <returns>NOT_CONTROLLER where the node does not lead, or leads no more before the decision is committed, or stops.</returns>
    public Task<ControllerAnswer<TResponse>> Run<TResponse>(Func<Controller, MetadataDecision<TResponse>> decide, Asker asker)
        where TResponse : class
    {
        var done = New<TResponse>();
        _loop.Post(() =>
        {
            _metadata.Decide(decide, asker, done);
            Decided();
        });
        return done.Task;
    }

    /// <summary>Hands a request to the quorum. Any thread; a fetch waits as long as it asks for.</summary>
    /// <param name="request">What another node or a tool asks.</param>
    /// <param name="cancellation">Whoever asks is gone.</param>
    /// <returns>The answer and, to a fetch, its records.</returns>
    public async Task<(QuorumAnswer Answer, WireRecords Records)> Ask(QuorumRequest request, CancellationToken cancellation = default)
    {
        var id = 0L;
        var done = new TaskCompletionSource<(QuorumAnswer, WireRecords)>(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Post(() =>
        {
            id = _quorum.Ask(request, (answer, records) => done.TrySetResult((answer, records)));
            KnowLeader();
        });
        // posted behind the above, so the id is known by then
        using var registration = cancellation.Register(() => _loop.Post(() => Leave(id, done, cancellation)));
        return await done.Task.ConfigureAwait(false);
    }

    /// <summary>This node has found out that another's process is dead: nobody listens where it listened. Any thread.</summary>
    public void ConfirmedDead(BrokerId node) => _loop.Post(() => Step(new QuorumInput.ConfirmedDead(node)));

    /// <summary>As a sole voter fences this node's broker; a leader hands its office over; then all is made durable and the log closed.
    /// What waits is answered first.</summary>
    public async Task Stop()
    {
        if (await _loop.Run(() => _quorum.Node is { Role: QuorumRole.Leader, Voters.Count: 1 }).ConfigureAwait(false))
            await Run(controller => controller.Brokers.FenceSelf(), Asker.Self("fencing")).ConfigureAwait(false);
        _loop.Post(() =>
        {
            if (_isStopping) return;
            _isStopping = true;
            _metadata.Resign();
            if (_isStarted) Step(new QuorumInput.Stopped());
            else Finished();
        });
        await _closed.Task.ConfigureAwait(false);
    }

    /// <summary>DescribeQuorum: who leads, how far everything is. Any thread; the leader alone knows.</summary>
    public Task<DescribeQuorumResponse> DescribeQuorum(DescribeQuorumRequest request) => _loop.Run(() =>
    {
        var toUnixMs = _options.Context.Time.GetUtcNow().ToUnixTimeMilliseconds() - _quorum.NowMs();
        return QuorumDescriptions.Of(request, _quorum.Node.Describe(_quorum.NowMs()), _quorum.Node.Hint, Image, toUnixMs);
    });

    /// <summary>A cluster that was raised to levels that this version does not know may hold what it would lose.</summary>
    private static string? WhyTooNew(MetadataImage image)
    {
        foreach (var feature in image.Features.Finalized())
        {
            if (FeatureCatalog.SupportedLevels(feature.Name) is { } levels && levels.Contains(feature.Level)) continue;
            return $"The cluster is at level {feature.Level} of {feature.Name}, which this version does not serve" +
                (FeatureCatalog.SupportedLevels(feature.Name) is { } served ? $" ({served.Min} to {served.Max})" : "") +
                ". Nothing was changed; start it with a newer version.";
        }

        return null;
    }

    private static VoterSet? RecordedVoters(LoadedMetadata loaded) =>
        loaded.Committed.LastVoters is { } voters ? new VoterSet(loaded.Committed.KRaftLevel, voters) : null;

    private VoterSet? VotersAt(Offset end) => _quorum.Node.VotersAt(end) is { KRaftVersion: >= 1 } voters ? voters : null;

    private void Begin()
    {
        _isStarted = true;
        Step(new QuorumInput.Started());
    }

    private void Step(QuorumInput input)
    {
        _quorum.Step(input);
        KnowLeader();
        SetTick();
    }

    /// <summary>What the active controller does by itself is done when it is due. A node alone looks after nobody, and writes
    /// nothing.</summary>
    private void SetTick()
    {
        var hasOthers = Image.Cluster.Brokers.Count > 1 || !IsSoleVoter;
        var next = _metadata.Active is { } controller && hasOthers && !_isStopping ? controller.Periodic.NextMs : long.MaxValue;
        if (next == _nextTickMs) return;
        _nextTickMs = next;
        _ticks?.Dispose();
        var wait = next - _options.Context.Time.GetUtcNow().ToUnixTimeMilliseconds();
        _ticks = next == long.MaxValue ? null : _options.Context.Time.CreateTimer(
            _ => _loop.Post(Tick), null, TimeSpan.FromMilliseconds(Math.Max(1, wait)), Timeout.InfiniteTimeSpan);
    }

    private void Tick()
    {
        _nextTickMs = long.MaxValue;
        _metadata.Tick();
        Decided();
    }

    /// <summary>The controller decided: what it appended is on its way, and what it answers from committed metadata goes out.</summary>
    private void Decided()
    {
        _quorum.TellAppends();
        if (_metadata.Active is not null) _metadata.Commit(_quorum.Node.HighWatermark);
        KnowLeader();
        SetTick();
    }

    private void Committed(Offset highWatermark)
    {
        Invariant.That(Image.Provenance.EndOffset <= highWatermark);
        _snapshots.Consider(Image);
        KnowLeader();
    }

    private void KnowLeader()
    {
        var hint = _quorum.Node.Hint;
        if (hint == Leader) return;
        Volatile.Write(ref _leader, new StrongBox<LeaderHint>(hint));
        _options.LeaderChanged?.Invoke(hint);
    }

    private void Leave(long id, TaskCompletionSource<(QuorumAnswer, WireRecords)> done, CancellationToken cancellation)
    {
        _quorum.Forget(id);
        done.TrySetCanceled(cancellation);
    }

    /// <summary>The quorum is through with this node; called again when its last flush is.</summary>
    private void Finished()
    {
        _quorum.Dispose();
        if (_isFinished || !_quorum.IsIdle) return;
        _isFinished = true;
        _snapshots.Stop(() =>
        {
            _log.Dispose();
            _closed.SetResult();
        });
    }

    private static TaskCompletionSource<ControllerAnswer<TResponse>> New<TResponse>()
        where TResponse : class => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
