using System.Text;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;
using Ottla.Raft.Tests.Model;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Tests.Stories;

/// <summary>Reads a story: lines of commands, each followed by what comes of it, indented; plays it, and tells it anew.</summary>
/// <remarks>
/// `voters 1 2 3 [static|dynamic]`, `start N...`, `observer N...`, `controller N...` (one that may be added), `run MS`, `write NODE COUNT`, `kill N`,
/// `stop N`, `restart N`, `wipe N`, `freeze N`, `thaw N`, `cut A B` (one direction), `isolate N`, `heal`, `hint N dead M`, `snapshot N`, `add N by M`,
/// `remove N by M`, `raise LEVEL by M`, `move N HOST`, `flush slowly MS`, `save slowly MS`, `autojoin`, `logs`, `show`.
/// </remarks>
internal sealed class Story
{
    private readonly StringBuilder _told = new();
    private Cluster _cluster = new(1);
    private VoterSet _voters = VoterSet.Empty;

    public static string Play(string text)
    {
        var story = new Story();
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.StartsWith(' ')) continue;
            story._told.Append(line).Append('\n');
            if (line.Length == 0 || line[0] == '#') continue;
            story.Do(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }

        return story._told.ToString().TrimEnd('\n') + "\n";
    }

    private void Say(string what) => _told.Append("  ").Append(what).Append('\n');

    private Replica Node(string id) => _cluster.Replicas[int.Parse(id)];

    private void Do(string[] words)
    {
        switch (words)
        {
            case ["seed", var seed]: _cluster = new Cluster(int.Parse(seed)); break;
            case ["voters", .. var rest]: MakeVoters(rest); break;
            case ["autojoin"]: _cluster.Settings = _cluster.Settings with { AutoJoin = true }; break;
            case ["observer", .. var ids]: foreach (var id in ids) Make(id, isController: false).Start(); break;
            case ["controller", .. var ids]: foreach (var id in ids) Make(id, isController: true).Start(); break;
            case ["start" or "restart", .. var ids]: foreach (var id in ids) Node(id).Start(); break;
            case ["run", var ms]: _cluster.RunFor(long.Parse(ms)); break;
            case ["write", var id, var count]: for (var i = 0; i < int.Parse(count); i++) Node(id).Write(); break;
            case ["kill", .. var ids]: foreach (var id in ids) Node(id).Kill(); break;
            case ["stop", var id]: Node(id).Stop(); break;
            case ["wipe", var id]: Node(id).Wipe(copy: 1); break;
            case ["freeze", var id]: Node(id).IsFrozen = true; break;
            case ["thaw", var id]: Node(id).IsFrozen = false; break;
            case ["cut", var from, var to]: _cluster.Cut(int.Parse(from), int.Parse(to)); break;
            case ["isolate", var id]: _cluster.Isolate(int.Parse(id)); break;
            case ["heal"]: _cluster.Heal(); break;
            case ["hint", var id, "dead", var dead]: Node(id).Hint(int.Parse(dead)); break;
            case ["snapshot", var id]: Node(id).TakeSnapshot(); break;
            case ["add", var id, "by", var leader]: Node(leader).AskByTool(new QuorumRequest.AddVoter(VoterOf(id), 5_000, true)); break;
            case ["remove", var id, "by", var leader]:
                Node(leader).AskByTool(new QuorumRequest.RemoveVoter(new ReplicaKey(new BrokerId(int.Parse(id)), Node(id).Disk.Directory)));
                break;
            case ["raise", var level, "by", var leader]: Node(leader).AskByTool(new QuorumRequest.RaiseKRaftVersion(short.Parse(level), IsDryRun: false)); break;
            case ["flush", "slowly", var ms]: _cluster.FlushMs = () => int.Parse(ms); break;
            case ["save", "slowly", var ms]: _cluster.SaveMs = () => int.Parse(ms); break;
            case ["logs"]: foreach (var replica in _cluster.Replicas.Values) Say(LogOf(replica)); break;
            case ["show"]: foreach (var replica in _cluster.Replicas.Values) Say(Show(replica)); break;
            case ["progress", var leader]: Progress(Node(leader)); break;
            default: throw new ArgumentException($"A story knows no '{string.Join(' ', words)}'");
        }
    }

    private void MakeVoters(string[] words)
    {
        var isDynamic = words.Contains("dynamic");
        var ids = words.Where(word => word is not ("static" or "dynamic")).Select(int.Parse).ToList();
        _voters = new VoterSet(
            isDynamic ? (short)1 : (short)0,
            [.. ids.Select(id => new Voter(new BrokerId(id), isDynamic ? Cluster.DirectoryOf(id) : Uuid.Zero, [Cluster.EndpointOf(id)]))]);
        _cluster.Tell = Say;
        foreach (var id in ids) Make($"{id}", isController: true);
    }

    private Replica Make(string id, bool isController)
    {
        var replica = new Replica(_cluster, int.Parse(id), _voters, isController);
        _cluster.Replicas[replica.Id] = replica;
        return replica;
    }

    private Voter VoterOf(string id) => new(new BrokerId(int.Parse(id)), Node(id).Disk.Directory, [Cluster.EndpointOf(int.Parse(id))]);

    private static string LogOf(Replica replica) =>
        $"{replica.Id}: {(replica.Disk.Start > 0 ? $"from {replica.Disk.Start}: " : "")}{string.Join(" ", replica.Disk.Log.Select(entry => entry.Epoch))}";

    private static string Show(Replica replica) => replica.IsUp
        ? $"{replica.Id} {Storyteller.Tell(replica.Node)}, log up to {replica.Disk.End}, committed {replica.Node.HighWatermark}, voters {replica.Node.Voters.Ids()}"
        : $"{replica.Id} is down";

    private void Progress(Replica leader)
    {
        var described = leader.Node.Describe(_cluster.Now);
        if (described is null) Say($"{leader.Id} does not lead");
        else
        {
            Say($"epoch {described.Epoch}, high watermark {described.HighWatermark}");
            foreach (var voter in described.Voters) Say($"voter {voter.Key.Id} has {voter.LogEnd}, fetched {Ago(voter.LastFetchMs)}, caught up {Ago(voter.LastCaughtUpMs)}");
            foreach (var observer in described.Observers)
                Say($"observer {observer.Key.Id} has {observer.LogEnd}, fetched {Ago(observer.LastFetchMs)}, caught up {Ago(observer.LastCaughtUpMs)}");
        }
    }

    private string Ago(long ms) => ms < 0 ? "never" : $"{_cluster.Now - ms} ms ago";
}
