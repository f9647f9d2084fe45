using Ottla.Broker.Cluster;
using Ottla.Broker.Fetching;
using Ottla.Broker.Net;
using Ottla.Broker.Replication;
using Ottla.Broker.Replication.Following;
using Ottla.Broker.Tests.Coordination;
using Ottla.Broker.Tests.Nodes;
using Ottla.Log;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Files;

namespace Ottla.Broker.Tests.Replication;

/// <summary>One partition on three brokers under chance: real logs, real brains of leaders and followers, and a controller of a few
/// lines.</summary>
/// <remarks>
/// Nothing runs by itself: a step is drawn, done, and what must hold is looked at. Answers are late, lost, or come after their world has
/// changed; brokers lose power and with it what they had not flushed, unless they are the last that is in sync.
/// </remarks>
internal sealed class ReplicationRun : IHostedTopics
{
    private static readonly int[] All = [1, 2, 3];

    private readonly Random _random;
    private readonly ManualTime _time = new();
    private readonly Dictionary<int, Broker> _brokers = [];
    private readonly List<(long Offset, string Value, Task<ErrorCode> Committed)> _pending = [];
    private readonly Dictionary<long, string> _acknowledged = [];
    private readonly Func<string, bool> _isPlanted;
    private readonly PartitionFinder _finder;
    private int _leader = 1;
    private int _epoch;
    private int _partitionEpoch;
    private int[] _isr = [1, 2, 3];
    private int _records;
    private (int Broker, Uuid Log, long At) _seenHighWatermark;
    private Broker? _asked;

    public ReplicationRun(int seed, string planted = "")
    {
        _random = new Random(seed);
        _isPlanted = name => name == planted;
        _finder = new PartitionFinder(
            this, new PublishedMetadata("cluster", new BrokerId(1)), new ReplicationThrottle(_time, () => long.MaxValue, policy => policy.ThrottledLeaders), isRackAware: false);
        foreach (var id in All) _brokers.Add(id, new Broker(id, this));
        foreach (var broker in _brokers.Values) Tell(broker);
    }

    public int Acknowledged => _acknowledged.Count;

    public void Step()
    {
        _time.Advance(TimeSpan.FromMilliseconds(_random.Next(200)));
        switch (_random.Next(20))
        {
            case < 4:
                Produce();
                break;
            case < 12:
                Fetch(_brokers[All[_random.Next(3)]]);
                break;
            case < 14:
                Decide();
                break;
            case 14:
                _time.Advance(TimeSpan.FromMilliseconds(ReplicaScene.LagMs / 2));
                foreach (var broker in Living) broker.Partition.CheckIsr();
                break;
            case 15:
                Flush(_brokers[All[_random.Next(3)]]);
                break;
            case 16:
                Crash(_brokers[All[_random.Next(3)]]);
                break;
            case 17:
                Restart(_brokers[All[_random.Next(3)]]);
                break;
            case 18:
                if (_random.Next(3) == 0) Elect();
                break;
            default:
                foreach (var broker in Living)
                {
                    if (_random.Next(2) == 0) Tell(broker);
                }

                break;
        }

        Look();
    }

    /// <summary>Everybody lives, hears everything and catches up: all logs must be the same, with all that was acknowledged in
    /// them.</summary>
    public void Settle()
    {
        foreach (var broker in _brokers.Values) Restart(broker);
        for (var round = 0; round < 60; round++)
        {
            Decide();
            foreach (var broker in _brokers.Values) Tell(broker);
            foreach (var broker in _brokers.Values) Fetch(broker, isHealthy: true);
            _time.Advance(TimeSpan.FromSeconds(1));
            Look();
        }

        var leader = _brokers[_leader];
        var whole = Records(leader);
        foreach (var broker in _brokers.Values)
        {
            Assert.True(whole.OrderBy(entry => entry.Key).SequenceEqual(Records(broker).OrderBy(entry => entry.Key)), $"{broker} has not caught up with {leader}");
            Assert.Equal(leader.Log.LogEndOffset, broker.Partition.HighWatermark.Value);
        }

        Assert.Equal([1, 2, 3], _isr.Order());
        Assert.All(_pending, pending => Assert.True(pending.Committed.IsCompleted));
    }

    HostedTopic? IHostedTopics.Find(string topic) => _asked?.Partition.Topic;

    HostedTopic? IHostedTopics.Find(Uuid topicId) => _asked?.Partition.Topic;

    private IEnumerable<Broker> Living => _brokers.Values.Where(broker => broker.IsAlive);

    private void Produce()
    {
        var leader = _brokers[All[_random.Next(3)]];
        if (!leader.IsAlive || !leader.Partition.IsLeader) return;
        var value = $"record {_records++}";
        var offset = leader.Log.LogEndOffset.Value;
        var append = ReplicaScene.Append(leader.Partition, value);
        if (append.Error == ErrorCode.None) _pending.Add((offset, value, append.Committed));
    }

    private void Fetch(Broker broker, bool isHealthy = false)
    {
        if (!broker.IsAlive) return;
        // an answer that was under way comes now, or never
        if (broker.Late is { } late && _random.Next(3) > 0)
        {
            broker.Late = null;
            if (isHealthy || _random.Next(4) > 0) broker.Take(late);
            else broker.Brain.Broke();
        }

        if (broker.Late is not null || broker.Brain.NextFetch(broker.Scene.NowMs) is not { } request) return;
        var source = broker.FollowsFrom;
        if (!_brokers.TryGetValue(source, out var leader) || !leader.IsAlive || (!isHealthy && _random.Next(10) == 0))
        {
            broker.Brain.Broke();
            return;
        }

        var response = leader.Answer(request);
        if (isHealthy || _random.Next(3) > 0) broker.Take(response);
        else broker.Late = response;
        foreach (var (key, epoch) in broker.Brain.Lost(broker.Scene.NowMs))
        {
            var error = leader.Partition.CheckLeader(epoch);
            var order = broker.Brain.ReadOffsets(key, epoch, error, leader.Log.LogStartOffset, leader.Log.LogEndOffset, broker.Scene.NowMs);
            if (order is { } found) broker.Obey(found);
        }
    }

    /// <summary>The controller answers what was proposed, or the answer is lost.</summary>
    private void Decide()
    {
        foreach (var broker in Living)
        {
            foreach (var proposal in broker.Scene.Proposals.ToArray())
            {
                broker.Scene.Proposals.Remove(proposal);
                var answer = Decide(broker, proposal);
                if (_random.Next(4) == 0) answer = IsrAnswer.Failed(ErrorCode.NetworkException);
                broker.Partition.Replay(proposal, answer);
            }
        }
    }

    private IsrAnswer Decide(Broker broker, IsrProposal proposal)
    {
        if (proposal.LeaderEpoch.Value != _epoch || broker.Id != _leader) return IsrAnswer.Failed(ErrorCode.FencedLeaderEpoch);
        if (proposal.PartitionEpoch != _partitionEpoch) return IsrAnswer.Failed(ErrorCode.InvalidUpdateVersion);
        for (var i = 0; i < proposal.Isr.Length; i++)
        {
            var member = _brokers[proposal.Isr[i]];
            if (!member.IsAlive || (proposal.Epochs[i] != BrokerEpoch.None && proposal.Epochs[i].Value != member.Run)) return IsrAnswer.Failed(ErrorCode.IneligibleReplica);
        }

        _isr = proposal.Isr;
        _partitionEpoch++;
        return new(ErrorCode.None, new(_epoch), _partitionEpoch, _isr, 0);
    }

    private void Crash(Broker broker)
    {
        // what only the last member in sync has is lost with it: Kafka would not elect it again, and there is nothing to be shown
        var survivors = Array.FindAll(_isr, id => id != broker.Id && _brokers[id].IsAlive);
        if (!broker.IsAlive || survivors.Length == 0) return;
        broker.Crash(_random);
        if (Array.IndexOf(_isr, broker.Id) < 0) return;
        _isr = Array.FindAll(_isr, id => id != broker.Id);
        _partitionEpoch++;
        if (broker.Id == _leader) Elect();
    }

    private void Restart(Broker broker)
    {
        if (broker.IsAlive) return;
        broker.Start();
        foreach (var other in _brokers.Values) other.Scene.Registered[broker.Id] = broker.Run;
    }

    private static void Flush(Broker broker)
    {
        if (broker.IsAlive) broker.Log.Flush();
    }

    private void Elect()
    {
        var candidates = Array.FindAll(_isPlanted("unclean") ? All : _isr, id => _brokers[id].IsAlive);
        if (candidates.Length == 0) return;
        _leader = candidates[_random.Next(candidates.Length)];
        _epoch++;
        _partitionEpoch++;
        if (_isPlanted("unclean") && Array.IndexOf(_isr, _leader) < 0) _isr = [_leader];
    }

    /// <summary>The broker hears what the controller has decided by now.</summary>
    private void Tell(Broker broker)
    {
        if (!broker.IsAlive) return;
        broker.Scene.Apply(broker.Partition, All, _isr, _leader, _epoch, _partitionEpoch);
        broker.Follow(_leader, _epoch);
    }

    private void Look()
    {
        foreach (var (offset, value, committed) in _pending.Where(pending => pending.Committed.IsCompleted).ToArray())
        {
            if (committed.Result == ErrorCode.None) _acknowledged[offset] = value;
        }

        _pending.RemoveAll(pending => pending.Committed.IsCompleted);
        foreach (var broker in Living) Assert.True(broker.Partition.HighWatermark.Value <= broker.Log.LogEndOffset, $"high watermark above the end on {broker.Id}");
        var leader = _brokers[_leader];
        if (!leader.IsAlive || !leader.Partition.IsLeader || leader.Partition.LeaderEpoch.Value != _epoch) return;
        var found = Records(leader);
        foreach (var (offset, value) in _acknowledged)
            Assert.True(found.GetValueOrDefault(offset) == value, $"{value} at {offset} was acknowledged and is not with leader {_leader}");
        foreach (var other in Living)
        {
            var theirs = Records(other);
            for (var at = 0L; at < Math.Min(leader.Partition.HighWatermark.Value.Value, other.Partition.HighWatermark.Value.Value); at++)
                Assert.True(found.GetValueOrDefault(at) == theirs.GetValueOrDefault(at), $"{other.Id} differs from its leader {_leader} at {at}, below both high watermarks");
        }

        var now = (leader.Id, new Uuid((ulong)_epoch, (ulong)leader.Run), leader.Partition.HighWatermark.Value.Value);
        if (_seenHighWatermark.Broker == now.Item1 && _seenHighWatermark.Log == now.Item2)
            Assert.True(now.Item3 >= _seenHighWatermark.At, "a leader's high watermark went back");
        _seenHighWatermark = now;
    }

    private static Dictionary<long, string> Records(Broker broker)
    {
        var found = new Dictionary<long, string>();
        var log = broker.Log;
        for (var at = log.LogStartOffset; at < log.LogEndOffset;)
        {
            var slice = log.ReadToEnd(at, 1 << 20, atLeastOneBatch: true);
            Assert.Equal(ErrorCode.None, slice.Error);
            using var range = slice.Records!;
            var bytes = new byte[range.Length];
            range.ReadInto(bytes);
            foreach (var (offset, value) in Batch.Read(new Records(bytes))) found[offset] = value;
            at = slice.NextOffset;
        }

        return found;
    }

    private sealed class Broker
    {
        private readonly ReplicationRun _run;
        private readonly MemoryFileSystem _disk = new(canCrash: true);
        private readonly PendingBatch[] _room = new PendingBatch[4];
        private FetchSessions _sessions = null!;

        public Broker(int id, ReplicationRun run)
        {
            (Id, _run, Run) = (id, run, 100 + id - 1000);
            Scene = null!;
            Partition = null!;
            Brain = null!;
            Start();
        }

        public int Id { get; }

        /// <summary>The epoch of its registration: another with each start.</summary>
        public long Run { get; private set; }

        public bool IsAlive { get; private set; }

        public ReplicaScene Scene { get; private set; }

        public Partition Partition { get; private set; }

        public FollowerBrain Brain { get; private set; }

        public PartitionLog Log => Partition.Log!;

        public int FollowsFrom { get; private set; }

        public FetchResponse? Late { get; set; }

        public override string ToString()
        {
            var followed = Brain.Find(new FollowKey(ReplicaScene.Id, 0));
            return $"{Id} (from {FollowsFrom}, epoch {Partition.LeaderEpoch}, log {Log.LogStartOffset} to {Log.LogEndOffset}, {Partition.HighWatermark}, "
                + $"{followed?.State} {followed?.Epoch} {followed?.Position} not before {followed?.NotBeforeMs - Scene.NowMs})";
        }

        public void Start()
        {
            Run += 1000;
            Scene = new ReplicaScene(_disk, minInsyncReplicas: 1, Id, _run._time);
            foreach (var other in _run._brokers.Values) Scene.Registered[other.Id] = other.Run;
            Scene.Registered[Id] = Run;
            _sessions = new FetchSessions(10, _run._time, _run._random);
            Brain = new FollowerBrain(new BrokerId(Id), () => new BrokerEpoch(Run), new FollowerLimits());
            (Late, FollowsFrom, IsAlive) = (null, -1, true);
            Partition = Scene.Host("weather", All, _run._isr, _run._leader, _run._epoch);
            Scene.Apply(Partition, All, _run._isr, _run._leader, _run._epoch, _run._partitionEpoch);
            Follow(_run._leader, _run._epoch);
        }

        public void Crash(Random random)
        {
            IsAlive = false;
            Partition.Close(ErrorCode.NotLeaderOrFollower);
            _disk.Crash(random);
        }

        public void Follow(int leader, int epoch)
        {
            var key = new FollowKey(ReplicaScene.Id, 0);
            if (leader != FollowsFrom) Brain.Unfollow(key);
            if (leader != FollowsFrom) Brain.Broke();
            FollowsFrom = leader;
            if (leader == Id || Brain.Find(key)?.Epoch.Value == epoch) return;
            if (Partition.PositionIn(new(epoch)) is { } position) Brain.Follow(key, new(epoch), position);
        }

        public FetchResponse Answer(FetchRequest request)
        {
            _run._asked = this;
            using var context = new RequestContext { ListenerName = "PLAINTEXT", ClientHost = "here", Stopping = default, ApiVersion = 18 };
            request.MaxWaitMs = 0;
            var error = _sessions.Begin(request, 18, out var plan);
            if (error != ErrorCode.None) return new() { ErrorCode = error };
            var source = FetchSource.Of(request, context);
            var reading = new FetchReading(plan, source, _run._finder, byId: true, 1 << 20, 1);
            reading.ReadAll();
            var response = new FetchResponse { SessionId = plan.SessionId };
            foreach (var (entry, answer) in reading.Complete())
            {
                if (!plan.Keeps(entry, answer)) continue;
                var bytes = new byte[answer.Records.Length];
                using (var range = (Ottla.Log.Handles.FileRange?)answer.Records.Source) range?.ReadInto(bytes);
                answer.Records = new Records(bytes);
                response.Responses.Add(new() { TopicId = entry.Key.TopicId, Partitions = [answer] });
            }

            return response;
        }

        public void Take(FetchResponse response)
        {
            foreach (var order in Brain.Read(response, Scene.NowMs)) Obey(order);
        }

        public void Obey(in FollowerOrder order)
        {
            // planted: a follower that believes to have what it has not cut
            if (_run._isPlanted("never cuts") && order.Action == FollowerAction.TruncateToEpoch) return;
            Brain.Replay(order, Partition.Obey(order, _room), Scene.NowMs);
        }
    }
}
