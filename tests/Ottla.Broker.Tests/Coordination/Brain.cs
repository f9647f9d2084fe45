using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Groups;
using Ottla.Broker.Coordination.Offsets;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Coordination;

/// <summary>Drives the brain of one shard by hand: no loop, no log but a list, and a clock that the test moves.</summary>
internal sealed class Brain
{
    private readonly GroupSettings _settings;

    public Brain(GroupSettings? settings = null, Topics? topics = null, int seed = 1)
    {
        _settings = settings ?? new GroupSettings { InitialRebalanceDelayMs = 0 };
        Topics = topics ?? new Topics();
        Shard = new GroupShard(_settings, Topics, new Random(seed));
    }

    public GroupShard Shard { get; private set; }

    public Topics Topics { get; }

    public long NowMs { get; private set; } = 1_000_000;

    public List<GroupRecord> Log { get; } = [];

    /// <summary>What the next appends answer.</summary>
    public ErrorCode AppendError { get; set; }

    /// <summary>Runs a step: append, replay, followers, answers, as a shard's host does.</summary>
    public void Run(Action<Decision> step)
    {
        var decision = new Decision(NowMs);
        step(decision);
        var error = decision.Records.Count == 0 ? ErrorCode.None : AppendErrors.ForGroups(AppendError);
        if (error == ErrorCode.None)
        {
            foreach (var (record, replay) in decision.Records)
            {
                Log.Add(record);
                if (replay) Shard.Replay(new Offset(Log.Count - 1), ProducerId.None, record);
            }
        }
        foreach (var (reply, response) in decision.Answers)
        {
            if (error == ErrorCode.None) reply.Send(response);
            else reply.Refuse(error);
        }
        foreach (var follower in decision.Followers) Run(next => follower(error, next));
    }

    public T Ask<T>(Action<Reply<T>, Decision> step, Func<ErrorCode, T>? refusal = null) where T : class => Send(step, refusal).Result;

    public Answer<T> Send<T>(Action<Reply<T>, Decision> step, Func<ErrorCode, T>? refusal = null) where T : class
    {
        var reply = new Reply<T>(refusal ?? (error => throw new InvalidOperationException(error.ToString())));
        Run(decision => step(reply, decision));
        return new Answer<T>(reply.Task);
    }

    /// <summary>Lets time pass, with everything that falls due on the way.</summary>
    public void Advance(long ms)
    {
        var end = NowMs + ms;
        while (Shard.Deadlines.Next is { } next && next <= end)
        {
            NowMs = Math.Max(NowMs, next);
            foreach (var key in Shard.Deadlines.Take(NowMs))
            {
                if (key != GroupShard.ExpiryKey)
                {
                    Run(decision => Shard.Fire(key, decision));
                    continue;
                }
                foreach (var group in Shard.Groups.Keys.ToList()) Run(decision => Shard.Offsets.Expire(group, decision));
                Run(Shard.ScheduleExpiry);
            }
        }
        NowMs = end;
    }

    /// <summary>The same groups on another coordinator: everything but the log is lost. Records pass through their bytes.</summary>
    public void Restart()
    {
        Shard = new GroupShard(_settings, Topics, new Random(2));
        for (var i = 0; i < Log.Count; i++)
            Shard.Replay(new Offset(i), ProducerId.None, RecordCodec.Read(RecordCodec.Write(Log[i]))!.Value);
        foreach (var group in Shard.Groups.Keys.ToList()) Run(decision => Shard.Loaded(group, decision));
        Run(Shard.ScheduleExpiry);
    }

    public OffsetFetchResponse.OffsetFetchResponsePartitions Committed(string group, string topic, int partition, bool stable = false)
    {
        var request = new OffsetFetchRequest.OffsetFetchRequestGroup
        {
            GroupId = group,
            Topics = [new() { Name = topic, PartitionIndexes = [partition] }],
        };
        return Shard.Offsets.Fetch(request, stable, 8).Topics[0].Partitions[0];
    }

    public ErrorCode Commit(string group, string topic, int partition, long offset, int generation = -1, string member = "",
        string? instance = null, string? metadata = null, short version = 8, long retentionMs = -1)
    {
        var request = new OffsetCommitRequest
        {
            GroupId = group,
            GenerationIdOrMemberEpoch = generation,
            MemberId = member,
            GroupInstanceId = instance,
            RetentionTimeMs = retentionMs,
            Topics =
            [
                new() { Name = topic, Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset, CommittedMetadata = metadata }] },
            ],
        };
        return Ask<OffsetCommitResponse>((reply, decision) => Shard.Offsets.Commit(request, version, reply, decision),
            error => new() { Topics = [new() { Partitions = [new() { ErrorCode = error }] }] }).Topics[0].Partitions[0].ErrorCode;
    }

    public Commitment? Stored(string group, string topic, int partition) => Shard.Offsets.Store.Find(group, topic, partition);
}
