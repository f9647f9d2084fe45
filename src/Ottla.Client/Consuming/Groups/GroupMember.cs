using Ottla.Client.Clusters;
using Ottla.Client.Connections;
using Ottla.Network.Connections;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Consuming.Groups;

/// <summary>Membership in a group by the classic protocol: join, get an assignment, send heartbeats, leave.</summary>
/// <remarks>
/// The consumer's caller runs <see cref="Join"/> and <see cref="Leave"/>; one loop of its own sends heartbeats and only raises
/// <see cref="NeedsJoin"/>, which the caller looks at. Eager rebalances: the consumer gives up all partitions before it joins again. Errors
/// that end a membership make the next join begin without a member id.
/// </remarks>
internal sealed class GroupMember(Cluster cluster, ConsumerOptions options, Coordinator coordinator) : IDisposable
{
    private const string ProtocolType = "consumer";

    /// <summary>A join is answered when all members have come, or the rebalance time-out is over; the answer may take a little longer than
    /// that.</summary>
    private const int JoinSlackMs = 5_000;

    private readonly string _groupId = options.GroupId!;
    private readonly CancellationTokenSource _closed = new();
    private Task _heartbeats = Task.CompletedTask;
    private string _memberId = "";
    private volatile int _generation = -1;
    private long _polledAt = cluster.Platform.Time.GetTimestamp();
    private TaskCompletionSource _changed = NewSignal();
    private volatile bool _needsJoin = true;

    public MemberIdentity Identity => new(_memberId, _generation, options.GroupInstanceId);

    public bool NeedsJoin => _needsJoin;

    /// <summary>The group rebalances, or the membership was lost: wakes a poll that waits for records.</summary>
    public Task Changed => _changed.Task;

    /// <summary>The caller polls: it is alive.</summary>
    public void Polled() => Volatile.Write(ref _polledAt, cluster.Platform.Time.GetTimestamp());

    /// <summary>Asks for a rebalance: what the consumer reads has changed.</summary>
    public void AskForJoin()
    {
        _needsJoin = true;
        _changed.TrySetResult();
    }

    /// <summary>Joins, or joins again, and returns what this member gets. One attempt; errors that may pass are thrown and the caller comes
    /// again.</summary>
    /// <exception cref="BrokerException">It did not come about.</exception>
    public async Task<List<TopicPartition>> Join(IReadOnlyList<string> topics, CancellationToken cancellation)
    {
        _changed = NewSignal();
        _needsJoin = false;
        try
        {
            var connection = await coordinator.Connect(cancellation).ConfigureAwait(false);
            var joined = await SendJoin(connection, topics, cancellation).ConfigureAwait(false);
            var assignments = joined.Leader == joined.MemberId && !joined.SkipAssignment
                ? await Deal(joined, cancellation).ConfigureAwait(false) : [];
            var synced = await connection.Ask(
                Apis.SyncGroup,
                new SyncGroupRequest
                {
                    GroupId = _groupId,
                    GenerationId = joined.GenerationId,
                    MemberId = joined.MemberId,
                    GroupInstanceId = options.GroupInstanceId,
                    ProtocolType = ProtocolType,
                    ProtocolName = joined.ProtocolName,
                    Assignments = assignments,
                },
                cancellation,
                options.MaxPollIntervalMs + JoinSlackMs).ConfigureAwait(false);
            Check(synced.ErrorCode);
            _generation = joined.GenerationId;
            if (_heartbeats.IsCompleted) _heartbeats = SendHeartbeats(_closed.Token);
            return EmbeddedProtocol.Partitions(synced.Assignment);
        }
        catch (BrokerException failed)
        {
            coordinator.Heed(failed.Code);
            _needsJoin = true;
            throw;
        }
        catch (OperationCanceledException)
        {
            _needsJoin = true;
            throw;
        }
    }

    /// <summary>Says good-bye, so that the others need not wait for the session to end. A static member stays: it means to come
    /// back.</summary>
    public async Task Leave(CancellationToken cancellation)
    {
        await _closed.CancelAsync().ConfigureAwait(false);
        await _heartbeats.ConfigureAwait(false);
        if (_memberId.Length == 0 || options.GroupInstanceId is not null) return;
        await SendLeave("the consumer is being closed", cancellation).ConfigureAwait(false);
    }

    public void Dispose() => _closed.Dispose();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<JoinGroupResponse> SendJoin(Connection connection, IReadOnlyList<string> topics, CancellationToken cancellation)
    {
        var subscription = EmbeddedProtocol.Subscription(topics);
        while (true)
        {
            var request = new JoinGroupRequest
            {
                GroupId = _groupId,
                MemberId = _memberId,
                GroupInstanceId = options.GroupInstanceId,
                SessionTimeoutMs = options.SessionTimeoutMs,
                RebalanceTimeoutMs = options.MaxPollIntervalMs,
                ProtocolType = ProtocolType,
                Protocols = [.. options.Assignors.Select(name =>
                    new JoinGroupRequest.JoinGroupRequestProtocol { Name = name, Metadata = subscription })],
            };
            var answer =
                await connection.Ask(Apis.JoinGroup, request, cancellation, options.MaxPollIntervalMs + JoinSlackMs).ConfigureAwait(false);

            // KIP-394: the coordinator gives an id first, and lets in who comes back with it
            if (answer.ErrorCode == ErrorCode.MemberIdRequired && _memberId != answer.MemberId)
            {
                _memberId = answer.MemberId;
                continue;
            }

            Check(answer.ErrorCode);
            _memberId = answer.MemberId;
            return answer;
        }
    }

    /// <summary>The leader's work: reads who wants what and deals it out.</summary>
    private async Task<List<SyncGroupRequest.SyncGroupRequestAssignment>> Deal(JoinGroupResponse joined, CancellationToken cancellation)
    {
        var members =
            joined.Members.Select(m => new Subscriber(m.MemberId, m.GroupInstanceId, EmbeddedProtocol.Topics(m.Metadata))).ToList();
        var topics = members.SelectMany(m => m.Topics).Distinct().ToList();
        var metadata = await cluster.Refresh(topics, options.AllowAutoCreateTopics, cancellation).ConfigureAwait(false);
        var counts = topics.Select(metadata.Topic).Where(topic => topic is not null).ToDictionary(topic => topic!.Name, topic =>
            topic!.Partitions.Count);
        var dealt = Assignors.Named(joined.ProtocolName ?? "range").Assign(members, counts);
        return [.. dealt.Select(member => new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = member.Key,
            Assignment = EmbeddedProtocol.Assignment(member.Value) })];
    }

    private async Task SendHeartbeats(CancellationToken closed)
    {
        var time = cluster.Platform.Time;
        while (!closed.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(options.HeartbeatIntervalMs), time,
                closed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (closed.IsCancellationRequested) return;
            if (_generation < 0) continue;
            try
            {
                if (time.GetElapsedTime(Volatile.Read(ref _polledAt)).TotalMilliseconds > options.MaxPollIntervalMs)
                {
                    await SendLeave("the consumer has not polled within max.poll.interval.ms", closed).ConfigureAwait(false);
                    Lose();
                    continue;
                }

                var connection = await coordinator.Connect(closed).ConfigureAwait(false);
                var request = new HeartbeatRequest { GroupId = _groupId, GenerationId = _generation, MemberId = _memberId,
                    GroupInstanceId = options.GroupInstanceId };
                var answer = await connection.Ask(Apis.Heartbeat, request, closed, options.SessionTimeoutMs).ConfigureAwait(false);
                Check(answer.ErrorCode);
            }
            catch (BrokerException failed)
            {
                coordinator.Heed(failed.Code);
                if (failed.Code == ErrorCode.RebalanceInProgress) AskForJoin();
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task SendLeave(string reason, CancellationToken cancellation)
    {
        try
        {
            var connection = await coordinator.Connect(cancellation).ConfigureAwait(false);
            var request = new LeaveGroupRequest { GroupId = _groupId };
            const int FirstVersionWithMembers = 3;
            if (connection.VersionOf(Apis.LeaveGroup) >= FirstVersionWithMembers)
                request.Members = [new LeaveGroupRequest.MemberIdentity { MemberId = _memberId, GroupInstanceId = options.GroupInstanceId,
                    Reason = reason }];
            else
                request.MemberId = _memberId;
            await connection.Ask(Apis.LeaveGroup, request, cancellation).ConfigureAwait(false);
        }
        catch (BrokerException)
        {
            // the session's end does the same, later
        }
    }

    /// <summary>Throws the error; one that ends the membership is taken note of first.</summary>
    private void Check(ErrorCode error)
    {
        if (error == ErrorCode.None) return;
        if (error is ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration or ErrorCode.FencedInstanceId)
            Lose(keepId: error == ErrorCode.IllegalGeneration);
        throw new BrokerException(error, $"Group {_groupId}: {error.ProtocolName()}");
    }

    private void Lose(bool keepId = false)
    {
        _generation = -1;
        if (!keepId) _memberId = "";
        AskForJoin();
    }
}
