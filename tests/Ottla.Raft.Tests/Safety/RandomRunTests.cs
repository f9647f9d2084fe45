using Ottla.Protocol.Primitives;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;
using Ottla.Raft.Tests.Model;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Tests.Safety;

/// <summary>Short schedules by chance: crashes that lose what was not flushed, partitions, lost messages, slow disks, snapshots, other
/// voters. What Raft promises is looked at after each step; at the end all is healed, and all have to agree.</summary>
public sealed class RandomRunTests
{
    private const int SeedsPerPart = 100;

    public static TheoryData<int> Parts => [.. Enumerable.Range(0, 10)];

    [Theory, MemberData(nameof(Parts))]
    public void Nothing_committed_is_lost_whatever_happens(int part)
    {
        for (var seed = part * SeedsPerPart; seed < (part + 1) * SeedsPerPart; seed++)
        {
            var last = new Queue<string>();
            try
            {
                Run(seed, _ => { }, heals: true, told => Keep(last, told));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}\n{string.Join('\n', last)}", e);
            }
        }
    }

    [Theory]
    [InlineData("a vote is not persisted")]
    [InlineData("appends are not persisted")]
    [InlineData("a vote is granted twice")]
    [InlineData("a truncation goes too far")]
    [InlineData("a follower is told too early that all is committed")]
    public void A_planted_fault_is_found(string fault)
    {
        for (var seed = 0; seed < 3_000; seed++)
        {
            try
            {
                Run(seed, faults => Plant(faults, fault), heals: false, _ => { });
            }
            catch (Exception e) when (e is UnsafeException or InvariantException)
            {
                return;
            }
        }

        Assert.Fail($"nobody noticed that {fault}");
    }

    private static void Keep(Queue<string> last, string told)
    {
        last.Enqueue(told);
        if (last.Count > 60) last.Dequeue();
    }

    private static void Plant(Faults faults, string fault)
    {
        faults.LosesState = fault.StartsWith("a vote is not", StringComparison.Ordinal);
        faults.LosesLog = fault.StartsWith("appends", StringComparison.Ordinal);
        faults.VotesTwice = fault.EndsWith("twice", StringComparison.Ordinal);
        faults.CutsTooFar = fault.EndsWith("too far", StringComparison.Ordinal);
        faults.CommitsTooEarly = fault.StartsWith("a follower", StringComparison.Ordinal);
    }

    private static void Run(int seed, Action<Faults> plant, bool heals, Action<string> tell)
    {
        var cluster = new Cluster(seed);
        var random = cluster.Random;
        cluster.Tell = what => tell($"{cluster.Now}: {what}");
        plant(cluster.Faults);
        cluster.LatencyMs = () => 1 + random.Next(random.Next(20) == 0 ? 300 : 10);
        cluster.SaveMs = () => random.Next(6);
        cluster.FlushMs = () => random.Next(random.Next(10) == 0 ? 400 : 10);
        var isDynamic = random.Next(2) == 0;
        var count = 1 + random.Next(5);
        var voters = new VoterSet(
            isDynamic ? (short)1 : (short)0,
            [.. Enumerable.Range(1, count).Select(id => new Voter(new BrokerId(id), isDynamic ? Cluster.DirectoryOf(id) : Uuid.Zero, [Cluster.EndpointOf(id)]))]);
        for (var id = 1; id <= count + 2; id++)
        {
            cluster.Replicas[id] = new Replica(cluster, id, voters, isController: id <= count + 1);
            cluster.Replicas[id].Start();
        }

        for (var turn = 0; turn < 40; turn++)
        {
            Disturb(cluster, random);
            cluster.RunFor(random.Next(random.Next(4) == 0 ? 3_000 : 300));
        }

        if (heals) HealAndAgree(cluster);
    }

    private static void Disturb(Cluster cluster, Random random)
    {
        var ids = cluster.Replicas.Keys.ToList();
        var replica = cluster.Replicas[ids[random.Next(ids.Count)]];
        var other = ids[random.Next(ids.Count)];
        switch (random.Next(14))
        {
            case 0 or 1 or 2 or 3: foreach (var leader in cluster.Replicas.Values) leader.Write(); break;
            case 4 when replica.IsUp: replica.Kill(); break;
            case 4 or 5 or 6 when !replica.IsUp: replica.Start(); break;
            case 7: cluster.Cut(replica.Id, other); break;
            case 8: cluster.Isolate(replica.Id); break;
            case 9 or 10: cluster.Heal(); cluster.LostPerMille = random.Next(3) * 50; break;
            case 11 when random.Next(3) == 0: replica.TakeSnapshot(); break;
            case 12: Change(cluster, random, replica); break;
            case 13 when replica.IsUp && !cluster.Replicas[other].IsUp: replica.Hint(other); break;
            case 13 when replica.IsUp: replica.IsFrozen = !replica.IsFrozen; break;
        }
    }

    private static void Change(Cluster cluster, Random random, Replica replica)
    {
        var leader = cluster.Replicas.Values.FirstOrDefault(r => r.IsUp && r.Node.Role == QuorumRole.Leader);
        if (leader is null) return;
        var key = new ReplicaKey(new BrokerId(replica.Id), replica.Disk.Directory);
        if (leader.Node.Voters.Find(key.Id) is not null && leader.Node.Voters.Count > 1 && random.Next(2) == 0) leader.AskByTool(new QuorumRequest.RemoveVoter(key));
        else if (random.Next(4) == 0) leader.AskByTool(new QuorumRequest.RaiseKRaftVersion(1, IsDryRun: false));
        else if (replica.Id < cluster.Replicas.Count)
            leader.AskByTool(new QuorumRequest.AddVoter(new Voter(key.Id, key.DirectoryId, [Cluster.EndpointOf(replica.Id)]), 3_000, random.Next(2) == 0));
    }

    private static void HealAndAgree(Cluster cluster)
    {
        cluster.Heal();
        cluster.LostPerMille = 0;
        cluster.LatencyMs = () => 1;
        cluster.FlushMs = () => 1;
        foreach (var replica in cluster.Replicas.Values)
        {
            replica.IsFrozen = false;
            if (!replica.IsUp) replica.Start();
        }

        cluster.RunFor(15_000);
        var leaders = cluster.Replicas.Values.Where(replica => replica.Node.Role == QuorumRole.Leader).ToList();
        var leader = Assert.Single(leaders);
        leader.Write();
        cluster.RunFor(2_000);
        Assert.Equal(leader.Disk.End, leader.Node.HighWatermark.Value);
        cluster.Safety.Settled();
    }
}
