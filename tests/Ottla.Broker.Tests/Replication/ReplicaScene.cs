using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Broker.Replication;
using Ottla.Broker.Tests.Coordination;
using Ottla.Broker.Tests.Nodes;
using Ottla.Configuration.Settings;
using Ottla.Configuration.Sources;
using Ottla.Log;
using Ottla.Log.Directories;
using Ottla.Log.Handles;
using Ottla.Log.Retention;
using Ottla.Metadata.Image;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Broker.Tests.Replication;

/// <summary>A broker with a disk in memory, and what it asks the controller for.</summary>
internal sealed class ReplicaScene : IIsrChanges
{
    public const int LagMs = 10_000;

    public static readonly Uuid Id = new(1, 2);

    private static readonly Uuid Directory = new(3, 4);

    private readonly LogDirectories _directories;
    private readonly TopicPolicy _policy;
    private readonly ReplicaContext _context;

    public ReplicaScene(IFileSystem files, int minInsyncReplicas = 1, int self = 1, ManualTime? time = null, TimeProvider? system = null)
    {
        Time = time ?? Time;
        var clock = system ?? Time;
        files.CreateDirectory("/data");
        var context = new LogContext(files, clock, new FileCache(files, 8), NullLogger.Instance, new FileDeletions(files, clock));
        _directories = new LogDirectories(context, new LogDirectoriesOptions(), [("/data", Directory)], "/data", new Random(1), _ => { });
        var settings = BrokerSettings.Load(StaticConfig.Of([("process.roles", "broker,controller"), ("node.id", "1"), ("controller.quorum.voters", "1@127.0.0.1:9"),
            ("listeners", "PLAINTEXT://:1,CONTROLLER://:2"), ("controller.listener.names", "CONTROLLER"), ("log.dirs", "/data"),
            ("min.insync.replicas", minInsyncReplicas.ToString())])).Settings!;
        _policy = new TopicPolicy(settings.TopicDefaults, settings.Log.ProducerIdExpirationMs);
        _context = new ReplicaContext
        {
            Self = new BrokerId(self), Time = clock, LagTimeMaxMs = LagMs, Changes = this,
            RegisteredEpoch = broker => Registered.TryGetValue(broker, out var epoch) ? new BrokerEpoch(epoch) : BrokerEpoch.None,
        };
        _directories.Load(_ => _policy.Log);
    }

    public ManualTime Time { get; } = new();

    public long NowMs => _context.NowMs;

    /// <summary>The runs of the brokers that may be in an ISR.</summary>
    public Dictionary<int, long> Registered { get; } = new() { [1] = 101, [2] = 102, [3] = 103 };

    public List<IsrProposal> Proposals { get; } = [];

    public void Propose(Partition partition, IsrProposal proposal)
    {
        lock (Proposals) Proposals.Add(proposal);
    }

    public Partition Host(string name, int[] replicas, int[]? isr = null, int leader = 1, int epoch = 0) =>
        Host(new HostedTopic(name, Id, _policy), 0, replicas, isr ?? replicas, leader, epoch);

    public Partition Host(HostedTopic topic, int number, int[] replicas, int[] isr, int leader = 1, int epoch = 0)
    {
        var partition = new Partition(topic, new TopicPartition(topic.Name, number), _context);
        topic.Add(partition);
        Apply(partition, replicas, isr, leader, epoch);
        return partition;
    }

    public void Apply(Partition partition, int[] replicas, int[] isr, int leader, int epoch, int partitionEpoch = 0, sbyte recovery = 0)
    {
        var (hosted, error) = _directories.GetOrCreate(partition.Name, Id, _policy.Log, null);
        Assert.Equal(ErrorCode.None, error);
        partition.Apply(Registration(replicas, isr, leader, epoch, partitionEpoch, recovery), hosted);
    }

    public static PartitionRegistration Registration(int[] replicas, int[] isr, int leader, int epoch, int partitionEpoch = 0, sbyte recovery = 0) => new()
    {
        Replicas = replicas, Isr = isr, Directories = [.. replicas.Select(_ => Directory)], Leader = leader, LeaderEpoch = new LeaderEpoch(epoch),
        PartitionEpoch = partitionEpoch, LeaderRecoveryState = recovery,
    };

    public static PartitionAppend Append(Partition partition, params string[] values)
    {
        var bytes = Batch.Of(values).Memory.ToArray();
        Assert.True(BatchHeader.TryRead(bytes, out var header));
        var pending = new PendingBatch(bytes, header);
        return partition.Append(new Span<PendingBatch>(ref pending), wantsAllReplicas: true);
    }

    public void Close() => _directories.Close(BrokerEpoch.None);

    public static ErrorCode Fetch(Partition partition, int broker, long offset, long logStart = 0, long? epoch = null) =>
        partition.NoteFollower(new FollowerFetch(broker, new BrokerEpoch(epoch ?? 100 + broker), new Offset(offset), new Offset(logStart)));
}
