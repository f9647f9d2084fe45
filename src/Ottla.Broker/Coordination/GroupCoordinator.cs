using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Ottla.Broker.Coordination.Groups;
using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Loops;

namespace Ottla.Broker.Coordination;

/// <summary>The group coordinator of this node: one shard for each partition of `__consumer_offsets` that it leads.</summary>
/// <remarks>
/// Thread-safe: a request goes to the shard of its group (<see cref="PartitionOf"/>), whose loop decides; nothing here waits for a disk.
/// Which partitions are led here is told by one loop, that of the metadata. A group of a partition that is not led here answers
/// NOT_COORDINATOR, one whose partition is still being read COORDINATOR_LOAD_IN_PROGRESS. Requests are in files of their own: members
/// (Members), offsets (Offsets), groups as a whole (Administration). Authorization and quotas are the handlers' business.
/// </remarks>
public sealed partial class GroupCoordinator(
    GroupSettings settings, IOffsetsLog log, ITopicCatalog topics, TimeProvider time, Random random, ILogger logger, Action<Exception> fault, ILoopScheduler? loops = null)
{
    public const string OffsetsTopic = "__consumer_offsets";

    private readonly ConcurrentDictionary<int, ShardHost> _shards = [];
    private readonly StepFaults _faults = new(time, logger);
    private volatile bool _isStopped;

    /// <summary>In the order of their partitions, so that one seed makes one run.</summary>
    private IEnumerable<ShardHost> Shards => _shards.OrderBy(static s => s.Key).Select(static s => s.Value);

    /// <summary>This node leads the partition in this epoch: its log is replayed. The task ends when the groups are served, or when the
    /// partition was given up before that; nothing needs to wait for it.</summary>
    public Task OnElected(int partition, LeaderEpoch epoch)
    {
        if (_isStopped) return Task.CompletedTask;
        if (_shards.TryGetValue(partition, out var known))
        {
            if (known.Epoch >= epoch) return Task.CompletedTask;
            _ = known.Resign();
        }
        var own = new Random(random.Next());
        var loop = new EventLoop($"{OffsetsTopic}-{partition}", fault, loops);
        var host = new ShardHost(partition, epoch, loop, log, () => new GroupShard(settings, topics, own), settings, time, logger, _faults);
        _shards[partition] = host;
        return host.Load();
    }

    /// <summary>This node does not lead the partition any more, or not in that epoch.</summary>
    public void OnResigned(int partition)
    {
        if (_shards.TryRemove(partition, out var host)) _ = host.Resign();
    }

    /// <summary>The node stops: whoever waits for a group, for minutes maybe, is told NOT_COORDINATOR and goes on elsewhere. Ends when all
    /// have been told.</summary>
    public async Task Stop()
    {
        _isStopped = true;
        await Task.WhenAll(Shards.Select(static host => host.Resign())).ConfigureAwait(false);
    }

    /// <summary>The topics were deleted: so is what groups have committed for them. A zero id stands for whatever bears the name.</summary>
    public void OnTopicsDeleted(IReadOnlyDictionary<string, Uuid> deleted)
    {
        foreach (var host in Shards) host.ForEachGroup((group, shard, decision) => shard.Offsets.DropTopics(group, deleted, decision));
    }

    /// <summary>Partition of `__consumer_offsets` to which a group belongs: the absolute value of Java's hash of the id, modulo their
    /// number.</summary>
    public int PartitionOf(string groupId)
    {
        var hash = 0;
        foreach (var c in groupId) hash = unchecked(31 * hash + c);
        var partitions = topics.TryGet(OffsetsTopic, out var topic) ? topic.Partitions : settings.OffsetsTopicPartitions;
        return (hash == int.MinValue ? 0 : Math.Abs(hash)) % partitions;
    }

    /// <summary>How many groups of each kind stand in each state, over all shards that serve.</summary>
    public async Task<IReadOnlyDictionary<(GroupKind Kind, string State), int>> CountGroups()
    {
        var counts = await OfAllShards(default, static (shard, _) => new GroupCounts(
            shard.Groups.Values.GroupBy(static g => (g.Kind, g.StateName)).ToDictionary(static g => g.Key, static g => g.Count())),
            static _ => new GroupCounts([])).ConfigureAwait(false);
        return counts.SelectMany(static c => c.ByState).GroupBy(static c => c.Key).ToDictionary(static c => c.Key, static c => c.Sum(x => x.Value));
    }

    private sealed record GroupCounts(Dictionary<(GroupKind, string), int> ByState);

    /// <summary>Runs a step on the shard of a group.</summary>
    private Task<T> OfGroup<T>(string groupId, GroupRequestContext caller, Func<ErrorCode, T> refusal, Action<GroupShard, Reply<T>, Decision> step)
        where T : class =>
        _shards.TryGetValue(PartitionOf(groupId), out var host)
            ? host.Submit(groupId, caller, refusal, step)
            : Task.FromResult(refusal(ErrorCode.NotCoordinator));

    private Task<T[]> OfAllShards<T>(GroupRequestContext caller, Func<GroupShard, Decision, T> step, Func<ErrorCode, T> refusal) where T : class =>
        Task.WhenAll(Shards.Select(host =>
            host.Submit<T>(null, caller, refusal, (shard, reply, decision) => decision.Answer(reply, step(shard, decision)))));
}
