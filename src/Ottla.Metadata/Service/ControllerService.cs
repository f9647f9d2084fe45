using Ottla.Metadata.Control;
using Ottla.Metadata.Features;
using Ottla.Metadata.Image;
using Ottla.Metadata.Log;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.History;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;
using Ottla.Runtime.Loops;

namespace Ottla.Metadata.Service;

/// <summary>The controller on its loop: request, decision, append, flush, publish, answer.</summary>
/// <remarks>
/// All state belongs to the metadata loop; <see cref="Image"/> is one volatile reference that any thread reads. Flushes and snapshots block
/// on the disk, each on a loop of its own, so that decisions go on meanwhile: all that were appended during one flush share the next (group
/// commit).
/// An answer, also one that changes nothing, leaves when all that it was decided upon is committed and the subscribers know it. The quorum
/// is run here, what the log means lies in <see cref="ReplicatedMetadata"/>.
/// Kafka's leader writes a no-op record each 500 ms, so that followers and brokers see its log grow. A sole voter has none, so an idle node
/// writes nothing.
/// Failure: an exception on a loop is a lost metadata directory or a bug; <see cref="ControllerServiceOptions.Fault"/> ends the process, as
/// Kafka halts.
/// </remarks>
public sealed class ControllerService
{
    private readonly ControllerServiceOptions _options;
    private readonly MetadataLog _log;
    private readonly QuorumNode _quorum;
    private readonly ReplicatedMetadata _metadata;
    private readonly VoterSet _voters;
    private readonly EventLoop _loop;
    private readonly EventLoop _flusher;
    private readonly SnapshotSchedule _snapshots;
    private readonly Queue<QuorumInput> _inputs = new();
    private readonly long _began;
    private Offset _told;
    private bool _isFlushing;

    private ControllerService(ControllerServiceOptions options, MetadataLog log, LoadedMetadata loaded, SharedLists lists)
    {
        _options = options;
        _log = log;
        _voters = loaded.Voters ?? log.Bootstrap.Voters ?? options.StaticVoters;
        _began = options.Context.Time.GetTimestamp();
        var epochs = log.LatestEpoch.Value >= 0 && log.LogEndOffset > log.LogStartOffset ? new[] { new EpochStart(log.LatestEpoch, log.LogStartOffset) } : [];
        _quorum = new QuorumNode(
            new QuorumSettings(), new LocalReplica(_voters.Voters[0].Key, "", [], IsController: true),
            new QuorumStart(log.ReadQuorumState(), new LogSummary(log.LogStartOffset, log.LogEndOffset, log.LogStartOffset, epochs), _voters, loaded.Voters is not null),
            options.Random);
        _metadata = new ReplicatedMetadata(options, log, loaded, lists);
        _loop = new EventLoop("metadata", options.Fault, options.Loops);
        _flusher = new EventLoop("metadata-flush", options.Fault, options.Loops);
        _snapshots = new SnapshotSchedule(options, log, _loop, loaded.Voters ?? log.Bootstrap.Voters);
    }

    /// <summary>All that is committed. Any thread.</summary>
    public MetadataImage Image => _metadata.Image;

    public string ClusterId => _options.Settings.ClusterId;

    /// <summary>Whether there is nothing in the metadata log yet but what formatting left.</summary>
    public bool IsNew => _log.LogEndOffset == Offset.Zero && _log.LatestSnapshot is null;

    /// <summary>The epoch in which this node leads the quorum.</summary>
    public LeaderEpoch Epoch => _quorum.Epoch;

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
            return (WhyNotAlone(options.Settings.NodeId, voters) ?? WhyTooNew(loaded.Image)) is { } why
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
        Invariant.That(_quorum.Role == QuorumRole.Unattached);
        _log.Dispose();
    }

    /// <summary>From now on the subscriber hears of everything that is committed; what is there already comes first, if anything
    /// is.</summary>
    public void Subscribe(IMetadataSubscriber subscriber) => _loop.Post(() => _metadata.Subscribe(subscriber));

    /// <summary>Leads the quorum, gives a new cluster its first records and registers this node, all with one flush.</summary>
    /// <returns>The broker's epoch, or why it can't be registered.</returns>
    public Task<ControllerAnswer<BrokerRegistrationResponse>> Start(SelfRegistration self)
    {
        var done = New<BrokerRegistrationResponse>();
        _loop.Post(() =>
        {
            Step(new QuorumInput.Started());
            var controllers = New<ControllerRegistrationResponse>();
            _metadata.Decide(
                controller => controller.Controllers.RegisterController(self.ToController()), Asker.Self("ControllerRegistration"), controllers);
            _metadata.Decide(controller => controller.Brokers.RegisterSelf(self.ToBroker()), Asker.Self("BrokerRegistration"), done);
            TellAppends();
            Flush();
        });
        return done.Task;
    }

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
            TellAppends();
            Flush();
        });
        return done.Task;
    }

    /// <summary>Fences this node's broker, makes everything durable and closes the log. What waits is answered first.</summary>
    public async Task Stop()
    {
        await Run(controller => controller.Brokers.FenceSelf(), Asker.Self("fencing")).ConfigureAwait(false);
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Post(() =>
        {
            _metadata.Resign();
            Step(new QuorumInput.Stopped());
            _snapshots.Stop(() =>
            {
                _log.Dispose();
                closed.SetResult();
            });
        });
        await closed.Task.ConfigureAwait(false);
    }

    /// <summary>DescribeQuorum: who leads, how far everything is. Any thread.</summary>
    public DescribeQuorumResponse DescribeQuorum(DescribeQuorumRequest request)
    {
        var response = new DescribeQuorumResponse();
        foreach (var topic in request.Topics)
        {
            var isMetadata = topic.TopicName == TopicName.ClusterMetadata;
            response.Topics.Add(new DescribeQuorumResponse.TopicData
            {
                TopicName = topic.TopicName,
                Partitions = [.. topic.Partitions.Select(partition => isMetadata && partition.PartitionIndex == 0
                    ? Describe()
                    : new DescribeQuorumResponse.PartitionData
                    {
                        PartitionIndex = partition.PartitionIndex,
                        ErrorCode = ErrorCode.UnknownTopicOrPartition,
                        ErrorMessage = ErrorCode.UnknownTopicOrPartition.UsualMessage(),
                    })],
            });
        }

        foreach (var controller in Image.Cluster.Controllers.Values)
        {
            response.Nodes.Add(new DescribeQuorumResponse.Node
            {
                NodeId = controller.Id.Value,
                Listeners = [.. controller.Endpoints.Select(e => new DescribeQuorumResponse.Listener { Name = e.Listener, Host = e.Host,
                Port = (ushort)e.Port })],
            });
        }

        return response;
    }

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

    private DescribeQuorumResponse.PartitionData Describe()
    {
        var now = NowMs();
        return new DescribeQuorumResponse.PartitionData
        {
            PartitionIndex = 0,
            LeaderId = _options.Settings.NodeId.Value,
            LeaderEpoch = Epoch.Value,
            HighWatermark = Image.Provenance.EndOffset.Value,
            CurrentVoters = [.. _voters.Voters.Select(voter => new DescribeQuorumResponse.ReplicaState
            {
                ReplicaId = voter.Id.Value,
                ReplicaDirectoryId = voter.DirectoryId,
                LogEndOffset = _log.LogEndOffset.Value,
                LastFetchTimestamp = now,
                LastCaughtUpTimestamp = now,
            })],
        };
    }

    /// <summary>Hands one thing to the quorum, does what it wants, and hands it what comes of that.</summary>
    private void Step(QuorumInput input)
    {
        _inputs.Enqueue(input);
        while (_inputs.TryDequeue(out var next))
        {
            foreach (var output in _quorum.Step((long)_options.Context.Time.GetElapsedTime(_began).TotalMilliseconds, next)) Perform(output);
        }
    }

    private void TellAppends()
    {
        if (_log.LogEndOffset <= _told) return;
        _told = _log.LogEndOffset;
        Step(new QuorumInput.Appended(_told));
    }

    private void Perform(QuorumOutput output)
    {
        switch (output)
        {
            case QuorumOutput.SaveState save:
                _log.SaveQuorumState(save.State);
                _inputs.Enqueue(new QuorumInput.StateSaved(save.Version));
                break;
            case QuorumOutput.OpenEpoch open:
                // LeaderChange, KRaftVersion, Voters: the last of the three names the voters
                var named = open.Opening.VotersToWrite is { } voters ? new VoterChange(_log.LogEndOffset + 2, voters.KRaftVersion, voters.Voters) : null;
                _metadata.Lead(open.Epoch, open.Opening);
                _told = _log.LogEndOffset;
                _inputs.Enqueue(new QuorumInput.Appended(_told, named));
                break;
            case QuorumOutput.Commit commit:
                _metadata.Commit(commit.HighWatermark);
                break;
            case QuorumOutput.LeaderChanged or QuorumOutput.LeadershipReady or QuorumOutput.Finished: break;
            default: throw new InvariantException($"The controller does not know {output.GetType()}");
        }
    }

    /// <summary>Flushes what is not durable, unless a flush is under way: what comes meanwhile goes with the next.</summary>
    private void Flush()
    {
        if (_isFlushing) return;
        var end = _log.LogEndOffset;
        if (end <= _quorum.HighWatermark)
        {
            _metadata.Commit(_quorum.HighWatermark);
            return;
        }

        _isFlushing = true;
        _flusher.Post(() =>
        {
            _log.Flush();
            _loop.Post(() => Flushed(end));
        });
    }

    private void Flushed(Offset end)
    {
        _isFlushing = false;
        Step(new QuorumInput.LogFlushed(end));
        _snapshots.Consider(Image);
        if (_log.LogEndOffset > _quorum.HighWatermark) Flush();
    }

    private long NowMs() => _options.Context.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private static TaskCompletionSource<ControllerAnswer<TResponse>> New<TResponse>()
        where TResponse : class => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
