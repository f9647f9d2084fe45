using Ottla.Protocol.Primitives;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Tests.Model;

/// <summary>Nodes of one quorum, the network between them and the clock that all of them see: one queue of events in the order of time.</summary>
public sealed class Cluster
{
    public const string Listener = "CONTROLLER";

    private readonly PriorityQueue<Action, (long At, long Turn)> _events = new();
    private readonly HashSet<(int From, int To)> _cut = [];
    private long _turn;
    private long _lastId;

    public Cluster(int seed, QuorumSettings? settings = null)
    {
        Random = new Random(seed);
        Settings = settings ?? new QuorumSettings();
        Safety = new Safety(this);
    }

    public Random Random { get; }

    public QuorumSettings Settings { get; set; }

    public SortedDictionary<int, Replica> Replicas { get; } = [];

    public Safety Safety { get; }

    public long Now { get; private set; }

    /// <summary>How long a message takes.</summary>
    public Func<int> LatencyMs { get; set; } = () => 1;

    public Func<int> SaveMs { get; set; } = () => 0;

    public Func<int> FlushMs { get; set; } = () => 0;

    /// <summary>A share of messages that are lost, in thousandths.</summary>
    public int LostPerMille { get; set; }

    public Faults Faults { get; } = new();

    /// <summary>What is told of each message, role and commit.</summary>
    public Action<string> Tell { get; set; } = _ => { };

    public static VoterEndpoint EndpointOf(int node) => new(Listener, $"host{node}", 9000 + node);

    public static Uuid DirectoryOf(int node, int copy = 0) => new(1, (ulong)(node + 100 * copy));

    public long NextId() => ++_lastId;

    public void After(long ms, Action action) => _events.Enqueue(action, (Now + ms, ++_turn));

    /// <summary>Does the next event, if there is one before <paramref name="until"/>.</summary>
    public bool StepOnce(long until)
    {
        if (!_events.TryPeek(out _, out var key) || key.At > until) return false;
        var action = _events.Dequeue();
        Now = key.At;
        action();
        return true;
    }

    public void RunFor(long ms)
    {
        var until = Now + ms;
        while (StepOnce(until))
        {
        }

        Now = until;
    }

    public void Cut(int from, int to) => _cut.Add((from, to));

    public void Isolate(int node)
    {
        foreach (var other in Replicas.Keys)
        {
            if (other == node) continue;
            Cut(node, other);
            Cut(other, node);
        }
    }

    public void Heal() => _cut.Clear();

    public void Send(Replica from, long id, QuorumPeer to, QuorumRequest request)
    {
        var target = to.Endpoint.Port - 9000;
        Deliver(from.Id, target, () =>
        {
            if (!Replicas.TryGetValue(target, out var replica) || !replica.IsUp) Deliver(target, from.Id, () => from.Fail(id, RequestFailure.Refused));
            else replica.Ask(from, id, request);
        });
    }

    public void Reply(Replica from, Replica to, long id, QuorumAnswer answer) => Deliver(from.Id, to.Id, () => to.Receive(id, answer));

    /// <summary>A connection ends, on which an answer was waited for.</summary>
    public void Break(Replica dead, Replica asker, long id) => Deliver(dead.Id, asker.Id, () => asker.Fail(id, RequestFailure.Disconnected));

    private void Deliver(int from, int to, Action arrive)
    {
        if (LostPerMille > 0 && Random.Next(1000) < LostPerMille) return;
        After(LatencyMs(), () =>
        {
            if (!_cut.Contains((from, to))) arrive();
        });
    }
}

/// <summary>Bugs that a run may plant, to see that the checks find them.</summary>
public sealed class Faults
{
    /// <summary>A state is told to be durable, and lost in a crash.</summary>
    public bool LosesState { get; set; }

    /// <summary>Appends are told to be durable, and lost in a crash.</summary>
    public bool LosesLog { get; set; }

    /// <summary>Each vote is granted.</summary>
    public bool VotesTwice { get; set; }

    /// <summary>A truncation cuts two records more, and is followed by a crash.</summary>
    public bool CutsTooFar { get; set; }

    /// <summary>A leader calls all that it sends committed.</summary>
    public bool CommitsTooEarly { get; set; }
}
