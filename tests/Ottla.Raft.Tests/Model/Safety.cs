using Ottla.Protocol.Primitives;
using Ottla.Raft.Quorum;

namespace Ottla.Raft.Tests.Model;

/// <summary>What Raft promises, looked at after each step of each node.</summary>
public sealed class Safety(Cluster cluster)
{
    private readonly Dictionary<int, int> _leaders = [];
    private readonly List<(LeaderEpoch Epoch, long Id)> _committed = [];

    /// <summary>The latest epoch in which something was committed that a later leader has to have.</summary>
    private readonly List<int> _committedIn = [];

    public int CommittedCount => _committed.Count;

    public void Stepped(Replica replica)
    {
        var node = replica.Node;
        if (node.Role != QuorumRole.Leader) return;
        if (!_leaders.TryAdd(node.Epoch.Value, replica.Id))
        {
            if (_leaders[node.Epoch.Value] != replica.Id) Fail($"epoch {node.Epoch} has two leaders, {_leaders[node.Epoch.Value]} and {replica.Id}");
            return;
        }

        for (var at = replica.Disk.Start; at < _committed.Count; at++)
        {
            if (_committedIn[(int)at] >= node.Epoch.Value) continue;
            if (at >= replica.Disk.End) Fail($"{replica.Id} leads epoch {node.Epoch} without the committed record {at}");
            Compare(replica, at, $"{replica.Id}, leader of epoch {node.Epoch}");
        }
    }

    public void Committed(Replica replica, long end)
    {
        for (var at = replica.Disk.Start; at < end; at++)
        {
            if (at >= replica.Disk.End) Fail($"{replica.Id} calls {end} committed, its log ends at {replica.Disk.End}");
            if (at < _committed.Count)
            {
                Compare(replica, at, $"{replica.Id}, which calls it committed,");
                continue;
            }

            if (at > _committed.Count) Fail($"{replica.Id} commits {at}, nobody committed what lies before");
            var entry = replica.Disk[at];
            _committed.Add((entry.Epoch, entry.Id));
            _committedIn.Add(replica.Node.Epoch.Value);
        }
    }

    public static void Truncated(Replica replica)
    {
        if (replica.Disk.End < replica.Node.HighWatermark.Value) Fail($"{replica.Id} cut its log to {replica.Disk.End}, and knew that {replica.Node.HighWatermark} is committed");
    }

    /// <summary>All nodes hold the same committed records now.</summary>
    public void Settled()
    {
        foreach (var replica in cluster.Replicas.Values)
        {
            if (!replica.IsUp) continue;
            if (replica.Node.HighWatermark.Value < _committed.Count) Fail($"{replica.Id} knows {replica.Node.HighWatermark} of {_committed.Count} committed records");
            for (var at = replica.Disk.Start; at < _committed.Count; at++) Compare(replica, at, $"{replica.Id} at rest");
        }
    }

    private void Compare(Replica replica, long at, string who)
    {
        var entry = replica.Disk[at];
        if (entry.Epoch != _committed[(int)at].Epoch || entry.Id != _committed[(int)at].Id)
            Fail($"{who} has another record at {at} than was committed: {entry.Id} of epoch {entry.Epoch}, not {_committed[(int)at].Id} of {_committed[(int)at].Epoch}");
    }

    private static void Fail(string what) => throw new UnsafeException(what);
}

/// <summary>A promise of Raft is broken.</summary>
public sealed class UnsafeException(string what) : Exception(what);
