using Ottla.Client.Clusters;
using Ottla.Client.Connections;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Consuming;

/// <summary>What one fetch brought for one partition; the offset that was asked for tells whether the answer is still wanted.</summary>
/// <param name="IsMoved">The leader that was asked leads no more, and it said who does (KIP-951).</param>
/// <param name="Fault">What nobody expected.</param>
internal readonly record struct FetchOutcome(
    PartitionState State, Offset Asked, ErrorCode Error, FetchResponse.PartitionData? Data, bool IsMoved = false, Exception? Fault = null);

/// <summary>Fetches from leaders, one request a leader at a time; each asks for the partitions of which nothing is in store.</summary>
/// <remarks>Without fetch sessions: each request names its partitions, which costs nothing for the few that one consumer reads from one
/// broker.</remarks>
internal sealed class Fetcher(Cluster cluster, ConsumerOptions options)
{
    private const int NoSession = 0;
    private const int NoSessionEpoch = -1;
    private const int FirstVersionWithIds = 13;

    private readonly Dictionary<int, Task<List<FetchOutcome>>> _underWay = [];

    /// <summary>Requests under way; each is done when its leader answered or failed, and never throws.</summary>
    public IReadOnlyCollection<Task> UnderWay => _underWay.Values;

    /// <summary>Starts a fetch at every leader that is not busy, for the partitions that have nothing in store. Returns whether one has no
    /// leader.</summary>
    public bool Start(IEnumerable<PartitionState> assigned, CancellationToken closed)
    {
        var leaderless = false;
        var wanted = new Dictionary<int, List<PartitionState>>();
        var metadata = cluster.Metadata;
        foreach (var state in assigned)
        {
            if (state.Position is null || state.Paused || state.Fetching || state.Fetched is not null) continue;
            if (metadata.Partition(state.Partition) is not { HasLeader: true } known) leaderless = true;
            else if (_underWay.ContainsKey(known.Leader)) continue;
            else if (wanted.TryGetValue(known.Leader, out var states)) states.Add(state);
            else wanted[known.Leader] = [state];
        }

        foreach (var (leader, states) in wanted)
        {
            foreach (var state in states) state.Fetching = true;
            _underWay[leader] = Fetch(leader, states, metadata, closed);
        }

        return leaderless;
    }

    /// <summary>What came since the last look.</summary>
    public List<FetchOutcome> Collect()
    {
        var outcomes = new List<FetchOutcome>();
        foreach (var (leader, fetch) in _underWay.ToList())
        {
            if (!fetch.IsCompleted) continue;
            _underWay.Remove(leader);
#pragma warning disable VSTHRD002 // it is completed, and never fails
            outcomes.AddRange(fetch.Result);
#pragma warning restore VSTHRD002
        }

        foreach (var outcome in outcomes) outcome.State.Fetching = false;
        return outcomes;
    }

    private async Task<List<FetchOutcome>> Fetch(int leader, List<PartitionState> states, ClusterMetadata metadata, CancellationToken closed)
    {
        var asked = states.ToDictionary(state => state.Partition, state => (State: state, Position: state.Position!.Value));
        try
        {
            var connection = await cluster.Node(leader, Purpose.Data, closed).ConfigureAwait(false);
            var version = connection.VersionOf(Apis.Fetch);
            var answer = await connection.Ask(Apis.Fetch, Request(states, metadata), closed, options.FetchMaxWaitMs
                + cluster.Options.RequestTimeoutMs).ConfigureAwait(false);
            if (answer.ErrorCode != ErrorCode.None) return All(answer.ErrorCode);
            var outcomes = new List<FetchOutcome>();
            foreach (var topic in answer.Responses)
            {
                var name = version < FirstVersionWithIds ? topic.Topic : metadata.Topic(topic.TopicId)?.Name;
                foreach (var p in topic.Partitions)
                {
                    var partition = new TopicPartition(name ?? "", p.PartitionIndex);
                    if (asked.Remove(partition, out var one))
                        outcomes.Add(new FetchOutcome(one.State, one.Position, p.ErrorCode, p, IsMoved(partition, p, answer, metadata)));
                }
            }

            outcomes.AddRange(All(ErrorCode.None));
            return outcomes;
        }
        catch (BrokerException failed)
        {
            return All(failed.Code);
        }
        catch (OperationCanceledException)
        {
            return All(ErrorCode.NetworkException);
        }
#pragma warning disable CA1031 // thrown where the outcomes are taken
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return All(ErrorCode.UnknownServerError, fault);
        }

        List<FetchOutcome> All(ErrorCode error, Exception? fault = null) =>
            [.. asked.Values.Select(one => new FetchOutcome(one.State, one.Position, error, null, Fault: fault))];
    }

    /// <summary>Takes over who leads now. Each time the epoch is newer, so a fetch that goes there at once comes to an end.</summary>
    private bool IsMoved(TopicPartition partition, FetchResponse.PartitionData p, FetchResponse answer, ClusterMetadata before)
    {
        if (p.ErrorCode is not (ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch)) return false;
        var node = answer.NodeEndpoints.Find(n => n.NodeId == p.CurrentLeader.LeaderId);
        cluster.Learn(partition, new NewLeader(p.CurrentLeader.LeaderId, new LeaderEpoch(p.CurrentLeader.LeaderEpoch),
            node is null ? null : new BrokerNode(node.NodeId, node.Host, node.Port, node.Rack)));
        return cluster.Metadata.Partition(partition) is { HasLeader: true } now
            && before.Partition(partition) is { } then && now.LeaderEpoch > then.LeaderEpoch;
    }

    private FetchRequest Request(List<PartitionState> states, ClusterMetadata metadata)
    {
        var request = new FetchRequest
        {
            MaxWaitMs = options.FetchMaxWaitMs,
            MinBytes = options.FetchMinBytes,
            MaxBytes = options.FetchMaxBytes,
            IsolationLevel = (sbyte)options.IsolationLevel,
            SessionId = NoSession,
            SessionEpoch = NoSessionEpoch,
            RackId = options.RackId,
        };
        foreach (var topic in states.GroupBy(state => state.Partition.Topic))
        {
            request.Topics.Add(new FetchRequest.FetchTopic
            {
                Topic = topic.Key,
                TopicId = metadata.Topic(topic.Key)!.Id,
                Partitions = [.. topic.Select(state => new FetchRequest.FetchPartition
                {
                    Partition = state.Partition.Partition,
                    FetchOffset = state.Position!.Value.Value,
                    CurrentLeaderEpoch = metadata.Partition(state.Partition)!.LeaderEpoch.Value,
                    PartitionMaxBytes = options.MaxPartitionFetchBytes,
                })],
            });
        }

        return request;
    }
}
