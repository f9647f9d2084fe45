using Microsoft.Extensions.Logging;
using Ottla.Log;
using Ottla.Network;
using Ottla.Network.Connections;
using Ottla.Network.Links;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication.Following;

/// <summary>Fetches some partitions from one leader: a request, what its answer orders, the next request.</summary>
/// <remarks>
/// The shell of a <see cref="FollowerBrain"/>, whose lock is the brain itself: the loop that applies metadata says what is followed, the
/// fetcher's own asynchronous run does the rest, on the thread pool, where appends may wait for the disk. It holds one link and one answer
/// at a time.
/// A fetch waits at the leader for records, up to half a second. Where something is to be followed meanwhile, which a request on the same
/// connection could only ask for behind that wait, the connection is given up for another (<see cref="Hurry"/>): nothing is committed by a
/// new leader before its followers come.
/// Failure: without an answer it comes again, after <see cref="LinkOptions.ReconnectBackoffMs"/> and more. What an answer holds can't end
/// it: nonsense is an error of its partition.
/// </remarks>
internal sealed partial class ReplicaFetcher : IAsyncDisposable
{
    /// <summary>Batches that are handed to a log at once: small ones share a write, and 150 bytes each are bounded.</summary>
    private const int BatchesAtOnce = 256;

    /// <summary>A leader with traffic answers within it; another connection costs about as much.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(10);

    private readonly FollowerBrain _brain;
    private readonly Dictionary<FollowKey, Partition> _partitions = [];
    private readonly PendingBatch[] _room = new PendingBatch[BatchesAtOnce];
    private readonly NodeAddress _address;
    private readonly FetcherContext _context;
    private readonly int _leader;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private TaskCompletionSource _wake = New();
    private TaskCompletionSource _hurry = New();
    private NodeLink _link;
    private int _failures;

    public ReplicaFetcher(int leader, NodeAddress address, FetcherContext context)
    {
        (_leader, _address, _context) = (leader, address, context);
        _brain = new FollowerBrain(context.Self, context.SelfEpoch, context.Limits) { ThrottledForMs = ThrottledForMs };
        _link = NewLink();
        _running = Run();
    }

    public NodeAddress Address => _address;

    public int Count
    {
        get
        {
            lock (_brain) return _brain.Count;
        }
    }

    /// <summary>The last request had no answer.</summary>
    public bool HasFailed => Volatile.Read(ref _failures) > 0;

    /// <summary>The partition follows this leader from now on, or in a new epoch.</summary>
    public void Follow(Partition partition, LeaderEpoch epoch)
    {
        var key = new FollowKey(partition.Topic.Id, partition.Name.Partition);
        if (partition.PositionIn(epoch) is not { } position) return;
        lock (_brain)
        {
            _partitions[key] = partition;
            _brain.Follow(key, epoch, position);
            _wake.TrySetResult();
        }
    }

    public void Unfollow(Partition partition)
    {
        var key = new FollowKey(partition.Topic.Id, partition.Name.Partition);
        lock (_brain)
        {
            _partitions.Remove(key);
            _brain.Unfollow(key);
        }
    }

    /// <summary>All that there is to follow now was said: if the leader does not hear of it soon by itself, it is told.</summary>
    public void Hurry()
    {
        lock (_brain)
        {
            if (_brain.HasNews) _hurry.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _link.Dispose();
        _stopping.Dispose();
    }

    private NodeLink NewLink() => new(_address, _context.LinkOptions, _context.Platform);

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task Run()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (!_stopping.IsCancellationRequested) await Step().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // the node stops, or the leader has another address now
        }
#pragma warning disable CA1031 // the fault handler ends the process; nothing is swallowed
        catch (Exception bug)
#pragma warning restore CA1031
        {
            _context.Fault(bug);
        }
    }

    /// <summary>One round: what a simulator drives.</summary>
    private async Task Step()
    {
        List<(FollowKey Key, LeaderEpoch Epoch)> lost;
        FetchRequest? request;
        Task woken;
        long dueMs;
        lock (_brain)
        {
            if (_wake.Task.IsCompleted) _wake = New();
            if (_hurry.Task.IsCompleted) _hurry = New();
            woken = _wake.Task;
            lost = _brain.Lost(_context.NowMs);
            request = _brain.NextFetch(_context.NowMs);
            dueMs = _brain.NextDueMs;
        }

        if (lost.Count > 0) await FindOffsets(lost).ConfigureAwait(false);
        else if (request is null) await Wait(woken, dueMs - _context.NowMs).ConfigureAwait(false);
        if (request is not null) await Fetch(request).ConfigureAwait(false);
    }

    private async Task Fetch(FetchRequest request)
    {
        var (link, hurry) = (_link, _hurry.Task);
        var fetching = link.Send(NodeApis.Fetch, request, _context.RequestTimeoutMs, _stopping.Token).AsTask();
        if (!await IsInTime(fetching, hurry).ConfigureAwait(false))
        {
            _link = NewLink();
            link.Dispose();
        }

        using var answer = await fetching.ConfigureAwait(false);
        if (!answer.HasMessage)
        {
            lock (_brain) _brain.Broke();
            if (_link == link) await Failed(answer.Error).ConfigureAwait(false);
            return;
        }

        List<FollowerOrder> orders;
        lock (_brain) orders = _brain.Read(answer.Message, _context.NowMs);
        List<Task>? flushing = null;
        foreach (var order in orders)
        {
            if (Obey(order)?.FlushIfDue() is { } flushed) (flushing ??= []).Add(flushed);
        }

        // what the next fetch asks for is what the leader takes to be safe here
        if (flushing is not null) await Task.WhenAll(flushing).ConfigureAwait(false);
        if (answer.Message.ErrorCode is ErrorCode.None or ErrorCode.FetchSessionIdNotFound or ErrorCode.InvalidFetchSessionEpoch)
        {
            if (_failures > 0) LogHealed(_context.Log, _leader, Address);
            _failures = 0;
        }
        else
        {
            var text = $"{Address} answers a fetch with {answer.Message.ErrorCode.ProtocolName()}";
            await Failed(new LinkError(LinkFailure.Malformed, Address, text)).ConfigureAwait(false);
        }
    }

    /// <summary>False where something is to be followed and the answer is not there a moment later.</summary>
    private async ValueTask<bool> IsInTime(Task fetching, Task hurry)
    {
        await Task.WhenAny(fetching, hurry).ConfigureAwait(false);
        if (fetching.IsCompleted) return true;
        await Task.WhenAny(fetching, Task.Delay(_patience, _context.Platform.Time, _stopping.Token)).ConfigureAwait(false);
        return fetching.IsCompleted || _stopping.IsCancellationRequested;
    }

    /// <summary>The partition that obeyed.</summary>
    private Partition? Obey(in FollowerOrder order)
    {
        Partition? partition;
        lock (_brain) partition = _partitions.GetValueOrDefault(order.Key);
        if (partition is null) return null;
        if (order.Records.Length > 0) _context.Throttles.Follower.Record(partition, _context.Self, order.Records.Length);
        var outcome = partition.Obey(order, _room);
        lock (_brain)
        {
            // where another partition has its place by now, it is another's position, too
            if (_partitions.GetValueOrDefault(order.Key) == partition) _brain.Replay(order, outcome, _context.NowMs);
        }

        Tell(partition, order, outcome);
        return partition;
    }

    private void Tell(Partition partition, in FollowerOrder order, in FollowerOutcome outcome)
    {
        if (outcome.Error is not (ErrorCode.None or ErrorCode.NotLeaderOrFollower or ErrorCode.KafkaStorageError))
        {
            var error = outcome.Error.ProtocolName();
            LogRefused(_context.Log, partition.Name, _leader, error, outcome.Position.LogEnd);
        }
        else if (order.Action == FollowerAction.StartAnew)
        {
            LogStartedAnew(_context.Log, partition.Name, _leader, order.At);
        }
        else if (order.Action != FollowerAction.Append)
        {
            LogTruncated(_context.Log, partition.Name, outcome.Position.LogEnd, _leader);
        }
    }

    /// <summary>Asks where the leader's logs begin and end: two questions, since a partition can stand in a request but once.</summary>
    private async Task FindOffsets(List<(FollowKey Key, LeaderEpoch Epoch)> lost)
    {
        const long latest = -1;
        const long earliest = -2;
        var ends = await Ask(lost, latest).ConfigureAwait(false);
        var starts = ends is null ? null : await Ask(lost, earliest).ConfigureAwait(false);
        if (starts is null || ends is null) return;
        foreach (var (key, epoch) in lost)
        {
            var (error, end) = ends.GetValueOrDefault(key, (ErrorCode.UnknownTopicOrPartition, Offset.None));
            var (other, start) = starts.GetValueOrDefault(key, (ErrorCode.UnknownTopicOrPartition, Offset.None));
            FollowerOrder? order;
            lock (_brain) order = _brain.ReadOffsets(key, epoch, error == ErrorCode.None ? other : error, start, end, _context.NowMs);
            if (order is { } found) Obey(found);
        }
    }

    private async Task<Dictionary<FollowKey, (ErrorCode Error, Offset Offset)>?> Ask(List<(FollowKey Key, LeaderEpoch Epoch)> lost, long timestamp)
    {
        var request = new ListOffsetsRequest { ReplicaId = _context.Self.Value };
        var topics = new Dictionary<string, Uuid>(StringComparer.Ordinal);
        lock (_brain)
        {
            foreach (var (key, epoch) in lost)
            {
                if (_partitions.GetValueOrDefault(key) is not { } partition) continue;
                var topic = request.Topics.Find(t => t.Name == partition.Topic.Name);
                if (topic is null) request.Topics.Add(topic = new() { Name = partition.Topic.Name });
                topics[topic.Name] = key.TopicId;
                topic.Partitions.Add(new() { PartitionIndex = key.Partition, CurrentLeaderEpoch = epoch.Value, Timestamp = timestamp });
            }
        }

        if (request.Topics.Count == 0) return null;
        using var answer = await _link.Send(NodeApis.ListOffsets, request, _context.RequestTimeoutMs, _stopping.Token).ConfigureAwait(false);
        if (!answer.HasMessage)
        {
            await Failed(answer.Error).ConfigureAwait(false);
            return null;
        }

        var found = new Dictionary<FollowKey, (ErrorCode, Offset)>();
        foreach (var topic in answer.Message.Topics)
        {
            if (!topics.TryGetValue(topic.Name, out var id)) continue;
            foreach (var partition in topic.Partitions) found[new(id, partition.PartitionIndex)] = (partition.ErrorCode, new(partition.Offset));
        }

        return found;
    }

    /// <summary>Said once and not for each try; then it waits, so that a leader that is gone is not asked at full speed.</summary>
    private async Task Failed(LinkError error)
    {
        if (_failures++ == 0 && !_stopping.IsCancellationRequested) LogUnreachable(_context.Log, Count, _leader, error.Text);
        var pause = Backoff.After(_failures, _context.Limits.FirstBackoffMs, _context.Limits.BackoffMs, _context.Platform.Random);
        await Task.Delay(pause, _context.Platform.Time, _stopping.Token).ConfigureAwait(false);
    }

    private async Task Wait(Task woken, long ms)
    {
        if (ms <= 0) return;
        if (ms >= int.MaxValue)
        {
            await woken.WaitAsync(_stopping.Token).ConfigureAwait(false);
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        await Task.WhenAny(woken, Task.Delay(TimeSpan.FromMilliseconds(ms), _context.Platform.Time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        _stopping.Token.ThrowIfCancellationRequested();
    }

    private long ThrottledForMs(FollowKey key) =>
        _partitions.TryGetValue(key, out var partition) ? _context.Throttles.Follower.HeldForMs(partition, _context.Self, _context.Self) : 0;

    [LoggerMessage(EventId = 1301, Level = LogLevel.Warning, Message =
        "{Count} partitions can't be fetched from their leader, node {Leader}: {Why}. It is tried again until the cluster elects others")]
    private static partial void LogUnreachable(ILogger logger, int count, int leader, string why);

    [LoggerMessage(EventId = 1302, Level = LogLevel.Information, Message = "Node {Leader} ({Address}) answers fetches again")]
    private static partial void LogHealed(ILogger logger, int leader, NodeAddress address);

    [LoggerMessage(EventId = 1303, Level = LogLevel.Error, Message =
        "{Partition}: what its leader, node {Leader}, gives can't be taken ({Error}); the log stays as it is, up to offset {End}, and asks again. "
        + "If it goes on, look at the disk of node {Leader}")]
    private static partial void LogRefused(ILogger logger, TopicPartition partition, int leader, string error, Offset end);

    [LoggerMessage(EventId = 1304, Level = LogLevel.Information, Message =
        "{Partition} is cut to offset {End}: its leader, node {Leader}, does not have what lay behind")]
    private static partial void LogTruncated(ILogger logger, TopicPartition partition, Offset end, int leader);

    [LoggerMessage(EventId = 1305, Level = LogLevel.Information, Message =
        "{Partition} begins anew at offset {Start}: what it lacks is deleted at its leader, node {Leader}")]
    private static partial void LogStartedAnew(ILogger logger, TopicPartition partition, int leader, Offset start);
}
