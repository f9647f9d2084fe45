using Ottla.Protocol.Messages;

namespace Ottla.Broker.Fetching;

/// <summary>The partitions that one fetch reads, in the order in which they get their share, and how its answer is cut.</summary>
internal sealed class FetchPlan
{
    public static readonly FetchPlan None = new([], null, false);

    private readonly FetchSession? _session;
    private readonly bool _newsOnly;

    private FetchPlan(List<FetchEntry> entries, FetchSession? session, bool newsOnly) => (Entries, _session, _newsOnly) = (entries, session, newsOnly);

    public List<FetchEntry> Entries { get; }

    /// <summary>Partitions without news are left out of the answer.</summary>
    public bool TellsNewsOnly => _newsOnly;

    /// <summary>0: no session.</summary>
    public int SessionId => _session?.Id ?? 0;

    /// <summary>A fetch without a session: all that it names.</summary>
    public static FetchPlan Of(FetchRequest request)
    {
        var entries = new List<FetchEntry>();
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                var entry = new FetchEntry(new(topic.TopicId, topic.Topic, partition.Partition));
                entry.Update(partition);
                entries.Add(entry);
            }
        }

        return new(entries, null, false);
    }

    /// <summary>The first fetch of a session: everything is answered.</summary>
    public static FetchPlan First(FetchSession session) => new([.. session.Entries], session, false);

    /// <summary>A later one: what has no news is left out.</summary>
    public static FetchPlan Next(FetchSession session) => new([.. session.Entries], session, true);

    /// <summary>Whether the partition's answer goes out; called once for each partition of the final answer.</summary>
    public bool Keeps(FetchEntry entry, FetchResponse.PartitionData answer)
    {
        if (_session is null) return true;
        lock (_session)
        {
            if (answer.Records.Length > 0) _session.MoveToEnd(entry);
            return entry.HasNews(answer) || !_newsOnly;
        }
    }
}
