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
/// (KIP-392; the leader answers here).
/// v12: flexible, and the epoch of the last record that the client has (KIP-595). v13: topics by id (KIP-516). v15: who fetches moved into
/// a tag (KIP-903).
/// v16: addresses of new leaders (KIP-951). v17: the follower's directory (KIP-853). v18: the high watermark that the follower knows
/// (KIP-1166).
/// Records are not looked at: ranges of segments go to the socket from their files. The first batch of an answer comes whole, however
/// large; the rest keeps to the limits.
/// A fetch that finds less than `MinBytes` waits at its partitions and is woken by appends, its `MaxWaitMs`, the end of its client, or the stop of
/// the node; it holds no frame meanwhile.
/// </remarks>
internal sealed class Fetch(Partitions partitions, FetchSessions sessions, TimeProvider time, Func<int> fetchBytesMax) : IHandler<FetchRequest, FetchResponse>
{
    public static VersionRange Versions => new(4, 18);

    public ValueTask<FetchResponse?> Handle(FetchRequest request, RequestContext context)
    {
        var error = sessions.Begin(request, context.ApiVersion, out var plan);
        if (error != ErrorCode.None) return new(new FetchResponse { ErrorCode = error });
        var reading = Read(plan, request, context);
        if (reading.IsEnough || request.MaxWaitMs <= 0 || plan.Entries.Count == 0) return new(Answer(plan, reading));
        return Later(plan, reading, request, context);
    }

    private async ValueTask<FetchResponse?> Later(FetchPlan plan, FetchReading reading, FetchRequest request, RequestContext context)
    {
        context.ReleaseFrame();
        using var waiter = new FetchWaiter(time, TimeSpan.FromMilliseconds(request.MaxWaitMs), context.Ending);
        var waitedAt = new List<Partition>(plan.Entries.Count);
        foreach (var entry in plan.Entries)
        {
            if (Find(entry, context) is not { } partition) continue;
            partition.Await(waiter);
            waitedAt.Add(partition);
        }

        try
        {
            while (true)
            {
                // what came between the last look and the registration must be seen: look again, then wait
                waiter.Rearm();
                reading.Drop();
                reading = Read(plan, request, context);
                if (reading.IsEnough || waiter.IsOver) return Answer(plan, reading);
                await waiter.Signalled.ConfigureAwait(false);
            }
        }
        finally
        {
            foreach (var partition in waitedAt) partition.Forget(waiter);
        }
    }

    private FetchReading Read(FetchPlan plan, FetchRequest request, RequestContext context)
    {
        var reading = new FetchReading(Math.Min(request.MaxBytes, fetchBytesMax()), request.MinBytes, FetchIsolations.Of(request));
        foreach (var entry in plan.Entries) reading.Take(entry, Find(entry, context));
        return reading;
    }

    private Partition? Find(FetchEntry entry, RequestContext context)
    {
        var key = entry.Key;
        return (context.ApiVersion >= 13 ? partitions.Find(key.TopicId) : partitions.Find(key.Topic))?.Find(key.Partition);
    }

    private static FetchResponse Answer(FetchPlan plan, FetchReading reading)
    {
        var response = new FetchResponse { SessionId = plan.SessionId };
        FetchResponse.FetchableTopicResponse? topic = null;
        foreach (var (entry, answer) in reading.Answers)
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

            topic.Partitions.Add(answer);
        }

        return response;
    }
}
