using Ottla.Client.Clusters;
using Ottla.Client.Connections;
using Ottla.Client.Consuming.Groups;
using Ottla.Network;
using Ottla.Network.Links;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Consuming;

/// <summary>Reads records: from partitions that it is told (<see cref="Assign"/>), or from topics whose partitions a group shares (<see
/// cref="Subscribe(IReadOnlyList{string})"/>).</summary>
/// <remarks>
/// One caller at a time. Work happens inside <see cref="Poll"/>, but for fetches under way and, in a group, the heartbeats. Memory: at most
/// one answer a leader is in store (<see cref="ConsumerOptions.FetchMaxBytes"/> each).
/// Failure: what may pass is tried again within Poll; Poll throws <see cref="BrokerException"/> for what will not (no permission, an
/// unreadable batch, no offset to begin at).
/// </remarks>
public sealed class Consumer : IAsyncDisposable
{
    /// <summary>How long a metadata or leader error may rest before the metadata are asked for again.</summary>
    private const int RefreshPauseMs = 100;

    /// <summary>How often a subscription looks for topics that are not there yet.</summary>
    private const int MissingTopicsPauseMs = 1_000;

    private readonly Cluster _cluster;
    private readonly ConsumerOptions _options;
    private readonly NetworkPlatform _platform;
    private readonly Fetcher _fetcher;
    private readonly Dictionary<TopicPartition, PartitionState> _assigned = [];
    private readonly CancellationTokenSource _closed = new();
    private readonly Coordinator? _coordinator;
    private readonly GroupOffsets? _offsets;
    private GroupMember? _member;
    private Subscription? _subscription;
    private Task<List<TopicPartition>>? _joining;
    private Dictionary<string, int> _joinedWith = [];
    private bool _refreshNeeded;
    private long _refreshedAt;
    private long _committedAt;

    public Consumer(ClientOptions client, ConsumerOptions options, NetworkPlatform platform)
    {
        _cluster = new Cluster(client, platform);
        _options = options;
        _platform = platform;
        _fetcher = new Fetcher(_cluster, options);
        _committedAt = platform.Time.GetTimestamp();
        if (options.GroupId is null) return;
        _coordinator = new Coordinator(_cluster, options.GroupId);
        _offsets = new GroupOffsets(_coordinator, options.GroupId);
    }

    /// <summary>The partitions that this consumer reads now.</summary>
    public IReadOnlyCollection<TopicPartition> Assignment => _assigned.Keys;

    /// <summary>Reads topics as a member of the group.</summary>
    public void Subscribe(IReadOnlyList<string> topics) => Subscribe(new Subscription(topics, null));

    /// <summary>Reads every topic that the rule accepts, also such as come later (within <see
    /// cref="ClientOptions.MetadataMaxAgeMs"/>).</summary>
    public void Subscribe(Func<string, bool> rule) => Subscribe(new Subscription(null, rule));

    /// <summary>Reads these partitions and no others; with a group id offsets are committed there, without a membership.</summary>
    public void Assign(IReadOnlyDictionary<TopicPartition, StartAt?> partitions)
    {
        if (_subscription is not null)
            throw new InvalidOperationException("This consumer subscribes to topics; its group assigns the partitions.");
        _assigned.Clear();
        foreach (var (partition, start) in partitions) _assigned[partition] = new PartitionState(partition, start);
        _refreshNeeded = true;
    }

    /// <summary>Reads on from somewhere else.</summary>
    public void Seek(TopicPartition partition, StartAt to) => Assigned(partition).Seek(to);

    /// <summary>The offset of the next record; null while it is not known.</summary>
    public Offset? Position(TopicPartition partition) => Assigned(partition).Position;

    /// <summary>Stops or resumes fetching from a partition that stays assigned.</summary>
    public void Pause(TopicPartition partition, bool paused) => Assigned(partition).Paused = paused;

    /// <summary>Records, as soon as there are some; none when the time is up.</summary>
    /// <param name="timeoutMs">How long to wait.</param>
    /// <exception cref="BrokerException">Something that does not pass by itself.</exception>
    public async ValueTask<IReadOnlyList<ConsumedRecord>> Poll(int timeoutMs, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_closed.IsCancellationRequested, this);
        var deadline = Deadline.In(_platform.Time, timeoutMs);
        _member?.Polled();
        while (true)
        {
            await KeepUp(deadline, cancellation).ConfigureAwait(false);
            Take(_fetcher.Collect());
            var records = Drain();
            var leaderless = _fetcher.Start(_assigned.Values, _closed.Token);
            _refreshNeeded |= leaderless;
            if (records.Count > 0 || deadline.Passed) return records;
            await Wait(deadline, leaderless, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Commits the position of every assigned partition in the group.</summary>
    /// <exception cref="BrokerException">It was refused.</exception>
    public Task Commit(CancellationToken cancellation = default) =>
        Commit(_assigned.Values.Where(s => s.Position is not null).ToDictionary(s => s.Partition, s => s.Position!.Value), cancellation);

    /// <summary>Commits offsets in the group.</summary>
    /// <exception cref="BrokerException">It was refused.</exception>
    public async Task Commit(IReadOnlyDictionary<TopicPartition, Offset> offsets, CancellationToken cancellation = default)
    {
        if (_offsets is null) throw new InvalidOperationException("Without a group.id there is nowhere to commit to.");
        await _cluster.Retry(
            "commit",
            _cluster.Options.ApiTimeoutMs,
            async token =>
            {
                await _offsets.Commit(offsets, _member?.Identity ?? MemberIdentity.None, token).ConfigureAwait(false);
                return true;
            },
            cancellation).ConfigureAwait(false);
        foreach (var (partition, offset) in offsets)
        {
            if (_assigned.TryGetValue(partition, out var state)) state.Committed = offset;
        }
    }

    /// <summary>Commits if it is to, leaves the group, closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closed.IsCancellationRequested) return;
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(_cluster.Options.RequestTimeoutMs), _platform.Time);
        try
        {
            await AutoCommit(force: true, patience.Token).ConfigureAwait(false);
            if (_member is not null) await _member.Leave(patience.Token).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is BrokerException or OperationCanceledException)
        {
            // what was not committed is read again; the session's end frees the partitions
        }

        await _closed.CancelAsync().ConfigureAwait(false);
        _cluster.Dispose();
        await Task.WhenAll(_fetcher.UnderWay).ConfigureAwait(false);
        if (_joining is not null)
            await _joining.ContinueWith(static joining => _ = joining.Exception, TaskScheduler.Default).ConfigureAwait(false);
        _member?.Dispose();
        _closed.Dispose();
    }

    private void Subscribe(Subscription subscription)
    {
        if (_coordinator is null) throw new InvalidOperationException("Topics are shared in a group: set group.id, or assign partitions.");
        _subscription = subscription;
        _member ??= new GroupMember(_cluster, _options, _coordinator);
        _member.AskForJoin();
        _refreshNeeded = true;
    }

    private PartitionState Assigned(TopicPartition partition) =>
        _assigned.TryGetValue(partition, out var state) ? state : throw new InvalidOperationException(
            $"{partition} is not assigned to this consumer.");

    /// <summary>Whatever has to be in order before records can come: metadata, membership, commits, positions. Errors that may pass end the
    /// round, not the poll.</summary>
    private async Task KeepUp(Deadline deadline, CancellationToken cancellation)
    {
        try
        {
            await RefreshMetadata(cancellation).ConfigureAwait(false);
            if (_member is not null) await KeepMembership(deadline, cancellation).ConfigureAwait(false);
            await AutoCommit(force: false, cancellation).ConfigureAwait(false);
            await FindPositions(cancellation).ConfigureAwait(false);
        }
        catch (BrokerException failed) when (MayPass(failed.Code))
        {
            _refreshNeeded = true;
            await deadline.Pause(TimeSpan.FromMilliseconds(RefreshPauseMs), cancellation).ConfigureAwait(false);
        }
    }

    private static bool MayPass(ErrorCode code) => code.IsRetriable() || code is
        ErrorCode.RebalanceInProgress or ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration or ErrorCode.BrokerNotAvailable;

    private async Task RefreshMetadata(CancellationToken cancellation)
    {
        var age = _platform.Time.GetElapsedTime(_refreshedAt).TotalMilliseconds;
        var missing = _subscription is not null && TopicCounts().Count < (_subscription.Names?.Count ?? 0);
        if (!(_refreshNeeded && age > RefreshPauseMs) && !(missing && age > MissingTopicsPauseMs) && !_cluster.IsStale) return;
        var names = _subscription is not null ? _subscription.Names : [.. _assigned.Keys.Select(p => p.Topic).Distinct()];
        await _cluster.Refresh(names, _options.AllowAutoCreateTopics, cancellation).ConfigureAwait(false);
        _refreshedAt = _platform.Time.GetTimestamp();
        _refreshNeeded = false;
        ThrowIfHopeless(names);
    }

    private void ThrowIfHopeless(IReadOnlyList<string>? names)
    {
        foreach (var name in names ?? [])
        {
            if (_cluster.Metadata.Topics.TryGetValue(name, out var topic)
                && topic.Error is ErrorCode.InvalidTopicException or ErrorCode.TopicAuthorizationFailed)
                throw new BrokerException(topic.Error, topic.Error == ErrorCode.InvalidTopicException ? $"Invalid topics: [{name}]"
                    : $"Not authorized to access topics: [{name}]");
        }
    }

    private Dictionary<string, int> TopicCounts() =>
        _subscription!.Pick(_cluster.Metadata, _options.ExcludeInternalTopics).Select(_cluster.Metadata.Topic).Where(t =>
            t is not null).ToDictionary(t => t!.Name, t => t!.Partitions.Count);

    private async Task KeepMembership(Deadline deadline, CancellationToken cancellation)
    {
        if (_joining is null && !_member!.NeedsJoin)
        {
            var now = TopicCounts();
            if (now.Count == _joinedWith.Count && now.All(t => _joinedWith.TryGetValue(t.Key, out var count) && count == t.Value)) return;
            _member.AskForJoin();
        }

        if (_joining is null)
        {
            await AutoCommit(force: true, cancellation).ConfigureAwait(false);
            _assigned.Clear();
            _joinedWith = TopicCounts();
            _joining = _member!.Join(_subscription!.Pick(_cluster.Metadata, _options.ExcludeInternalTopics), _closed.Token);
        }

        try
        {
            // a join may take as long as the slowest member; the poll's caller need not wait for it
            var partitions = await _joining.WaitAsync(deadline.Left, _platform.Time, cancellation).ConfigureAwait(false);
            _joining = null;
            foreach (var partition in partitions) _assigned[partition] = new PartitionState(partition, null);
            var unknown = partitions.Any(p => _cluster.Metadata.Partition(p) is null);
            if (unknown) _refreshNeeded = true;
        }
        catch (TimeoutException)
        {
            // still joining
        }
        catch (BrokerException)
        {
            _joining = null;
            throw;
        }
    }

    private async Task AutoCommit(bool force, CancellationToken cancellation)
    {
        if (_offsets is null || !_options.AutoCommit) return;
        if (!force && _platform.Time.GetElapsedTime(_committedAt).TotalMilliseconds < _options.AutoCommitIntervalMs) return;
        _committedAt = _platform.Time.GetTimestamp();
        var moved =
            _assigned.Values.Where(s => s.Position is { } at && at != s.Committed).ToDictionary(s => s.Partition, s => s.Position!.Value);
        if (moved.Count == 0) return;
        await _offsets.Commit(moved, _member?.Identity ?? MemberIdentity.None, cancellation).ConfigureAwait(false);
        foreach (var (partition, offset) in moved) _assigned[partition].Committed = offset;
    }

    private async Task FindPositions(CancellationToken cancellation)
    {
        var lost = _assigned.Values.Where(s => s.Position is null).ToList();
        if (lost.Count == 0) return;
        if (_offsets is not null) await FindCommitted(lost, cancellation).ConfigureAwait(false);
        var ask = lost.Where(s => s.Position is null).ToDictionary(s => s.Partition, s => (s.Start ?? ByPolicy(s.Partition)).Timestamp);
        if (ask.Count == 0) return;
        var found = await OffsetFinder.Ask(_cluster, ask, _options.IsolationLevel, cancellation).ConfigureAwait(false);
        ErrorCode? failure = null;
        foreach (var (partition, offset) in found)
        {
            if (offset.Error != ErrorCode.None) failure = offset.Error;
            else if (offset.Offset >= Offset.Zero) _assigned[partition].Position = offset.Offset;
            else _assigned[partition].Start = StartAt.Latest;
        }

        if (failure is { } error) throw new BrokerException(error);
    }

    private async Task FindCommitted(List<PartitionState> lost, CancellationToken cancellation)
    {
        var ask = lost.Where(s => s.Start is null && !s.NothingCommitted).ToList();
        if (ask.Count == 0) return;
        var committed = await _offsets!.Committed([.. ask.Select(s => s.Partition)],
            _options.IsolationLevel == IsolationLevel.ReadCommitted, cancellation).ConfigureAwait(false);
        foreach (var state in ask)
        {
            if (!committed.TryGetValue(state.Partition, out var offset)) state.NothingCommitted = true;
            else state.Position = state.Committed = offset;
        }
    }

    private StartAt ByPolicy(TopicPartition partition) => _options.AutoOffsetReset switch
    {
        AutoOffsetReset.Earliest => StartAt.Earliest,
        AutoOffsetReset.Latest => StartAt.Latest,
        _ => throw new BrokerException(ErrorCode.OffsetOutOfRange, $"Undefined offset with no reset policy for partition: {partition}"),
    };

    private void Take(List<FetchOutcome> outcomes)
    {
        foreach (var (state, asked, error, data, isMoved, fault) in outcomes)
        {
            // the partition is not ours any more, or was sought elsewhere meanwhile
            if (!_assigned.TryGetValue(state.Partition, out var current) || current != state || state.Position != asked) continue;
            switch (error)
            {
                case ErrorCode.None when data is not null:
                    state.HighWatermark = new Offset(data.HighWatermark);
                    if (data.Records.Length > 0)
                        state.Fetched = new FetchedRecords(state.Partition, asked, data.Records.Memory, Aborted(data), _options.CheckCrcs);
                    break;
                case ErrorCode.None:
                    break;
                case ErrorCode.OffsetOutOfRange:
                    state.Position = null;
                    state.Start = ByPolicy(state.Partition);
                    break;
                case ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch when isMoved:
                    break;
                case ErrorCode.BrokerNotAvailable:
                case var passing when passing.IsRetriable():
                    _refreshNeeded = true;
                    break;
                default:
                    throw new BrokerException(error, $"Fetching {state.Partition} at offset {asked}: {fault?.Message ?? error.ProtocolName()}", fault);
            }
        }
    }

    private List<FetchResponse.AbortedTransaction>? Aborted(FetchResponse.PartitionData data) =>
        _options.IsolationLevel == IsolationLevel.ReadCommitted ? data.AbortedTransactions : null;

    private List<ConsumedRecord> Drain()
    {
        var records = new List<ConsumedRecord>();
        foreach (var state in _assigned.Values)
        {
            if (state.Fetched is not { } fetched || state.Paused) continue;
            while (records.Count < _options.MaxPollRecords)
            {
                if (fetched.Next() is not { } record)
                {
                    state.Position = fetched.NextOffset;
                    state.Fetched = null;
                    break;
                }

                records.Add(record);
                state.Position = record.Offset + 1;
            }
        }

        return records;
    }

    private async Task Wait(Deadline deadline, bool leaderless, CancellationToken cancellation)
    {
        var events = new List<Task>(_fetcher.UnderWay);
        if (_member is { NeedsJoin: false }) events.Add(_member.Changed);
        var pause = leaderless || _refreshNeeded || _fetcher.UnderWay.Count == 0 ? TimeSpan.FromMilliseconds(RefreshPauseMs)
            : deadline.Left;
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        events.Add(deadline.Pause(pause, waiting.Token));
        await Task.WhenAny(events).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
    }
}
