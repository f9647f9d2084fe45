using Ottla.Broker.Fetching;
using Ottla.Broker.Net;
using Ottla.Broker.Replication;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Handlers;

/// <summary>Fetch, key 1, versions 4 to 18: records of many partitions from an offset each, at once or when enough have come.</summary>
/// <remarks>
/// v7: sessions (KIP-227). v9: the leader epoch that the client believes in (KIP-320). v11: rack, for reading from the nearest replica
/// (KIP-392). v12: flexible, and the epoch of the last record that the client has (KIP-595). v13: topics by id (KIP-516). v15: who fetches
/// moved into a tag (KIP-903). v16: addresses of new leaders (KIP-951). v17: the follower's directory (KIP-853). v18: the high watermark
/// that the follower knows (KIP-1166).
/// A fetch with a replica id is a follower's: it reads to the log's end, and what it asks for tells its leader how far it is. A partition
/// believes that of its own replicas alone; anybody else is answered NOT_LEADER_OR_FOLLOWER.
/// Records are not looked at: ranges of segments go to the socket from their files. The first batch of an answer comes whole, however
/// large; the rest keeps to the limits.
/// A fetch that finds less than `MinBytes` waits at its partitions and is woken by what happens there, its `MaxWaitMs`, the end of its
/// client, or the stop of the node; it reads again where it was woken, and holds no frame meanwhile. What is not known here does not end
/// the wait for the rest.
/// </remarks>
internal sealed class Fetch(PartitionFinder finder, FetchSessions sessions, TimeProvider time, Func<int> fetchBytesMax) : IHandler<FetchRequest, FetchResponse>
{
    /// <summary>A client that is gone without a word, as by a loss of power, is found by its system's silence in the end; until then it
    /// holds a socket. No client waits for so long in one request.</summary>
    private const int WaitMsMax = 10 * 60_000;

    public static VersionRange Versions => new(4, 18);

    public ValueTask<FetchResponse?> Handle(FetchRequest request, RequestContext context)
    {
        var error = sessions.Begin(request, context.ApiVersion, out var plan);
        if (error != ErrorCode.None) return new(new FetchResponse { ErrorCode = error });
        var bytesMax = Math.Min(request.MaxBytes, fetchBytesMax());
        // who wants more at least than at most is content with the latter
        var bytesMin = Math.Min(request.MinBytes, bytesMax);
        var reading = new FetchReading(plan, FetchSource.Of(request, context), finder, IsById(context), bytesMax, bytesMin);
        reading.ReadAll();
        if (!reading.IsEnough && request.MaxWaitMs > 0 && reading.MayWait) return Later(plan, reading, request, context);
        using (reading) return new(Answer(plan, reading, context));
    }

    private async ValueTask<FetchResponse?> Later(FetchPlan plan, FetchReading reading, FetchRequest request, RequestContext context)
    {
        context.ReleaseFrame();
        reading.Drop();
        using var waiter = new FetchWaiter(plan.Entries.Count, time, TimeSpan.FromMilliseconds(Math.Min(request.MaxWaitMs, WaitMsMax)), context.Ending);
        reading.Await(waiter);
        try
        {
            while (true)
            {
                var isOver = waiter.IsOver;
                reading.ReadAgain(waiter.TakeWoken());
                if (reading.IsEnough || isOver) return Answer(plan, reading, context);
                reading.Drop();
                await waiter.Signalled.ConfigureAwait(false);
            }
        }
        finally
        {
            reading.Forget(waiter);
            reading.Dispose();
        }
    }

    private static bool IsById(RequestContext context) => context.ApiVersion >= 13;

    private FetchResponse Answer(FetchPlan plan, FetchReading reading, RequestContext context)
    {
        var response = new FetchResponse { SessionId = plan.SessionId };
        FetchResponse.FetchableTopicResponse? topic = null;
        foreach (var (entry, answer) in reading.Complete())
        {
            if (!plan.Keeps(entry, answer))
            {
                answer.Records.Source?.Dispose();
                continue;
            }

            if (topic is null || topic.Topic != entry.Key.Topic || topic.TopicId != entry.Key.TopicId)
            {
                topic = new() { Topic = entry.Key.Topic, TopicId = entry.Key.TopicId };
                response.Responses.Add(topic);
            }

            if (context.ApiVersion >= 16) TellLeader(response, entry.Key, answer, context);
            topic.Partitions.Add(answer);
        }

        return response;
    }

    /// <summary>Tells who is to be asked where this node does not lead any more (KIP-951).</summary>
    private void TellLeader(FetchResponse response, FetchKey key, FetchResponse.PartitionData answer, RequestContext context)
    {
        if (answer.ErrorCode is not (ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch)) return;
        if (finder.LeaderOf(key.Topic, key.TopicId, IsById(context), key.Partition, context.ListenerName) is not { } leader) return;
        answer.CurrentLeader.LeaderId = leader.Leader;
        answer.CurrentLeader.LeaderEpoch = leader.Epoch.Value;
        if (leader.Endpoint is not { } endpoint || response.NodeEndpoints.Exists(node => node.NodeId == leader.Leader)) return;
        response.NodeEndpoints.Add(new() { NodeId = leader.Leader, Host = endpoint.Host, Port = endpoint.Port, Rack = leader.Rack });
    }
}
