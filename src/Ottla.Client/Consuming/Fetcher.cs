using Ottla.Client.Clusters;
using Ottla.Client.Connections;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Consuming;

/// <summary>What one fetch brought for one partition; the offset that was asked for tells whether the answer is still wanted.</summary>
internal readonly record struct FetchOutcome(PartitionState State, Offset Asked, ErrorCode Error, FetchResponse.PartitionData? Data);

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
        var view = cluster.View;
        foreach (var state in assigned)
        {
            if (state.Position is null || state.Paused || state.Fetching || state.Fetched is not null) continue;
            if (view.Partition(state.Partition) is not { HasLeader: true } known) leaderless = true;
            else if (_underWay.ContainsKey(known.Leader)) continue;
            else if (wanted.TryGetValue(known.Leader, out var states)) states.Add(state);
            else wanted[known.Leader] = [state];
        }

        foreach (var (leader, states) in wanted)
        {
            foreach (var state in states) state.Fetching = true;
            _underWay[leader] = Fetch(leader, states, view, closed);
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

    private async Task<List<FetchOutcome>> Fetch(int leader, List<PartitionState> states, ClusterView view, CancellationToken closed)
    {
        var asked = states.ToDictionary(state => state.Partition, state => (State: state, Position: state.Position!.Value));
        try
        {
            var connection = await cluster.Node(leader, Purpose.Data, closed).ConfigureAwait(false);
            var version = connection.VersionOf(Apis.Fetch);
            var answer = await connection.Send(Apis.Fetch, Request(states, view), closed, options.FetchMaxWaitMs
                + cluster.Options.RequestTimeoutMs).ConfigureAwait(false);
            if (answer.ErrorCode != ErrorCode.None) return All(answer.ErrorCode);
            var outcomes = new List<FetchOutcome>();
            foreach (var topic in answer.Responses)
            {
                var name = version < FirstVersionWithIds ? topic.Topic : view.Topic(topic.TopicId)?.Name;
                foreach (var p in topic.Partitions)
                {
                    if (name is not null && asked.Remove(new TopicPartition(name, p.PartitionIndex), out var one))
                        outcomes.Add(new FetchOutcome(one.State, one.Position, p.ErrorCode, p));
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

        List<FetchOutcome> All(ErrorCode error) => [.. asked.Values.Select(one => new FetchOutcome(one.State, one.Position, error, null))];
    }

    private FetchRequest Request(List<PartitionState> states, ClusterView view)
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
                TopicId = view.Topic(topic.Key)!.Id,
                Partitions = [.. topic.Select(state => new FetchRequest.FetchPartition
                {
                    Partition = state.Partition.Partition,
                    FetchOffset = state.Position!.Value.Value,
                    CurrentLeaderEpoch = view.Partition(state.Partition)!.LeaderEpoch.Value,
                    PartitionMaxBytes = options.MaxPartitionFetchBytes,
                })],
            });
        }

        return request;
    }
}
