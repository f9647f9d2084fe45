using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Fetching;

/// <summary>What a fetch is keyed by: the topic's id from version 13 on, its name before; the other is empty.</summary>
internal readonly record struct FetchKey(Uuid TopicId, string Topic, int Partition);

/// <summary>One partition that a fetch asks for, and, inside a session, what its client was told last.</summary>
internal sealed class FetchEntry(FetchKey key)
{
    public FetchKey Key => key;

    public Offset FetchOffset { get; private set; }

    public LeaderEpoch CurrentLeaderEpoch { get; private set; }

    public LeaderEpoch LastFetchedEpoch { get; private set; }

    public int MaxBytes { get; private set; }

    /// <summary>The client's log start offset, if it is a follower; -1 for a consumer.</summary>
    public Offset LogStartOffset { get; private set; }

    /// <summary>The high watermark that a follower knows (KIP-1166); the largest number where it does not ask for that.</summary>
    public Offset HighWatermark { get; private set; } = new(long.MaxValue);

    /// <summary>The state in which there was nothing to tell; without a registration where there was, or the client asks for something else
    /// now.</summary>
    public QuietState Quiet { get; set; }

    private long _toldHighWatermark = -1;
    private long _toldLogStartOffset = -1;

    public void Update(FetchRequest.FetchPartition asked)
    {
        Quiet = default;
        FetchOffset = new(asked.FetchOffset);
        CurrentLeaderEpoch = new(asked.CurrentLeaderEpoch);
        LastFetchedEpoch = new(asked.LastFetchedEpoch);
        LogStartOffset = new(asked.LogStartOffset);
        MaxBytes = asked.PartitionMaxBytes;
        HighWatermark = new(asked.HighWatermark);
        // it may never have read what it was told last
        if (asked.HighWatermark != long.MaxValue) _toldHighWatermark = Math.Min(_toldHighWatermark, asked.HighWatermark);
    }

    /// <summary>Whether the follower is to hear of this high watermark without waiting for records (KIP-1166).</summary>
    public bool LacksHighWatermark(long highWatermark) => highWatermark > Math.Max(HighWatermark.Value, _toldHighWatermark);

    /// <summary>Whether an incremental answer has to name this partition (KIP-227); remembers what it tells.</summary>
    public bool HasNews(FetchResponse.PartitionData answer)
    {
        var news = answer.Records.Length > 0
            || answer.ErrorCode != ErrorCode.None
            || answer.PreferredReadReplica != -1
            || answer.DivergingEpoch.Epoch != -1
            || answer.HighWatermark != _toldHighWatermark
            || answer.LogStartOffset != _toldLogStartOffset;
        // after an error the client is told all again
        _toldHighWatermark = answer.ErrorCode == ErrorCode.None ? answer.HighWatermark : -1;
        _toldLogStartOffset = answer.ErrorCode == ErrorCode.None ? answer.LogStartOffset : -1;
        return news;
    }
}
