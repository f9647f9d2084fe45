using Ottla.Protocol.Primitives;
using Ottla.Raft.History;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Tests.Model;

/// <summary>A node with a disk, which may crash and come back: what drives a <see cref="QuorumNode"/> in the model.</summary>
public sealed class Replica(Cluster cluster, int id, VoterSet firstVoters, bool isController)
{
    private const int SnapshotBytes = 5;
    private const int PartBytes = 2;

    private readonly Dictionary<long, (Replica Asker, long Id)> _asked = [];
    private int _run;
    private bool _isFlushing;
    private long _savedAt;
    private long _timerAt = long.MaxValue;
    private string _role = "";

    public int Id => id;

    public Disk Disk { get; private set; } = new(Cluster.DirectoryOf(id));

    public QuorumNode Node { get; private set; } = null!;

    public bool IsUp { get; private set; }

    public bool IsFrozen { get; set; }

    /// <summary>Answers to what tools asked here.</summary>
    public Dictionary<long, QuorumAnswer> ToolAnswers { get; } = [];

    private ReplicaKey Key => new(new BrokerId(id), Disk.Directory);

    public void Start()
    {
        _run++;
        IsUp = true;
        var latest = Disk.Snapshots.Count > 0 ? Disk.Snapshots[^1] : null;
        var first = latest?.Voters ?? latest?.Before ?? firstVoters;
        var local = new LocalReplica(Key, Cluster.Listener, isController ? [Cluster.EndpointOf(id)] : [], isController)
        {
            ClusterId = "one",
            Bootstrap = [.. firstVoters.Voters.SelectMany(voter => voter.Endpoints)],
        };
        Node = new QuorumNode(
            cluster.Settings, local,
            new QuorumStart(Disk.State, Disk.Summarize(), first, latest?.Voters is not null, [.. Disk.Changes()]), new Random(cluster.Random.Next()));
        Step(new QuorumInput.Started());
    }

    public void Kill()
    {
        IsUp = false;
        _run++;
        // its sockets are closed or reset at once
        foreach (var (_, asker) in _asked.OrderBy(pair => pair.Key)) cluster.Break(this, asker.Asker, asker.Id);
        _asked.Clear();
        _isFlushing = false;
        _timerAt = long.MaxValue;
        _role = "";
        Disk.Crash();
        if (cluster.Faults.LosesState) Disk.State = QuorumState.None;
    }

    /// <summary>The node's disk is another, empty one.</summary>
    public void Wipe(int copy) => Disk = new Disk(Cluster.DirectoryOf(id, copy));

    /// <summary>The controller decides on a record.</summary>
    public void Write()
    {
        if (IsUp && Node.MayAppend) Step(Append(null));
    }

    /// <summary>All that is committed goes into a snapshot, and the log before it is dropped.</summary>
    public void TakeSnapshot()
    {
        var end = Node.HighWatermark.Value;
        if (!IsUp || end <= Disk.Start) return;
        var voters = Node.VotersAt(new Offset(end));
        var point = new LogPoint(new Offset(end), Disk[end - 1].Epoch);
        var former = Disk.Snapshots.Count > 0 ? Disk.Snapshots[^1].Ids : [];
        var covered = Disk.Snapshots.Count > 0 ? Disk.Snapshots[^1].Id.End.Value : 0;
        List<long> ids = [.. former];
        for (var at = covered; at < end; at++) ids.Add(Disk[at].Id);
        Disk.Snapshots.Clear();
        Disk.Snapshots.Add(new ModelSnapshot(point, voters.KRaftVersion >= 1 ? voters : null, voters, ids));
        Disk.Flushed = Math.Max(Disk.Flushed, end);
        Disk.Log.RemoveRange(0, (int)(end - Disk.Start));
        Disk.Start = end;
        Step(new QuorumInput.LogTrimmed(new Offset(end), point, point));
    }

    public void Stop() => Step(new QuorumInput.Stopped());

    public void Hint(int dead) => Step(new QuorumInput.ConfirmedDead(new BrokerId(dead)));

    public long AskByTool(QuorumRequest request)
    {
        var asked = cluster.NextId();
        Step(new QuorumInput.Asked(asked, request));
        return asked;
    }

    public void Ask(Replica asker, long askersId, QuorumRequest request)
    {
        if (IsFrozen) return;
        if (Storyteller.Tell(request) is { } told) cluster.Tell($"{asker.Id} -> {id}  {told}");
        var asked = cluster.NextId();
        _asked[asked] = (asker, askersId);
        Step(new QuorumInput.Asked(asked, request));
    }

    public void Receive(long sentId, QuorumAnswer answer)
    {
        if (IsUp && !IsFrozen) Step(new QuorumInput.Answered(sentId, answer));
    }

    public void Fail(long sentId, RequestFailure failure)
    {
        if (IsUp && !IsFrozen) Step(new QuorumInput.Failed(sentId, failure));
    }

    public void Step(QuorumInput input)
    {
        var inputs = new Queue<QuorumInput>([input]);
        while (IsUp && inputs.TryDequeue(out var next))
        {
            var outputs = Node.Step(cluster.Now, next);
            TellRole();
            cluster.Safety.Stepped(this);
            foreach (var output in outputs) Perform(output, inputs);
        }

        if (IsUp) SetTimer();
    }

    private void Perform(QuorumOutput output, Queue<QuorumInput> inputs)
    {
        switch (output)
        {
            case QuorumOutput.SaveState save: Save(save); break;
            case QuorumOutput.Send send: cluster.Send(this, send.Id, send.To, send.Request); break;
            case QuorumOutput.Answer answer: Answer(answer); break;
            case QuorumOutput.Truncate truncate: Truncate(truncate.End.Value); break;
            case QuorumOutput.AppendFetched fetched: AppendFetched(fetched.Batches); break;
            case QuorumOutput.OpenEpoch open:
                var named = open.Opening.VotersToWrite;
                inputs.Enqueue(Append(named));
                break;
            case QuorumOutput.AppendVoters append: inputs.Enqueue(Append(append.Voters)); break;
            case QuorumOutput.StoreSnapshotPart part: StorePart(part); break;
            case QuorumOutput.Commit commit:
                cluster.Tell($"{id} commits {commit.HighWatermark}");
                cluster.Safety.Committed(this, commit.HighWatermark.Value);
                break;
            case QuorumOutput.LeadershipReady ready: cluster.Tell($"{id} may decide in epoch {ready.Epoch}"); break;
            case QuorumOutput.Notice notice: cluster.Tell($"{id} says: {notice.Text}"); break;
            case QuorumOutput.Finished:
                cluster.Tell($"{id} is through");
                break;
            case QuorumOutput.LeaderChanged: break;
            default: throw new ArgumentException(output.ToString());
        }
    }

    private void Save(QuorumOutput.SaveState save)
    {
        var run = _run;
        // one write after the other
        _savedAt = Math.Max(_savedAt, cluster.Now + cluster.SaveMs());
        cluster.After(_savedAt - cluster.Now, () =>
        {
            if (run != _run) return;
            Disk.State = save.State;
            Step(new QuorumInput.StateSaved(save.Version));
        });
    }

    private QuorumInput.Appended Append(VoterSet? voters)
    {
        var change = voters is null ? null : new VoterChange(new Offset(Disk.End), voters.KRaftVersion, voters.Voters);
        Disk.Log.Add(new Entry(Node.Epoch, cluster.NextId(), change));
        Flush();
        return new QuorumInput.Appended(new Offset(Disk.End), change);
    }

    private void AppendFetched(FetchedBatches batches)
    {
        Assert.Equal(Disk.End, batches.Base.Value);
        Disk.Log.AddRange(Unpack(batches));
        Flush();
    }

    private void Truncate(long end)
    {
        cluster.Tell($"{id} cuts its log to {end}");
        Disk.TruncateTo(end);
        Safety.Truncated(this);
        if (!cluster.Faults.CutsTooFar) return;
        Disk.TruncateTo(Math.Max(Disk.Start, end - 2));
        Safety.Truncated(this);
        cluster.After(0, Kill);
    }

    private void Flush()
    {
        if (_isFlushing) return;
        _isFlushing = true;
        var (run, generation, end) = (_run, Disk.Generation, Disk.End);
        cluster.After(cluster.FlushMs(), () =>
        {
            if (run != _run) return;
            _isFlushing = false;
            if (generation == Disk.Generation)
            {
                if (!cluster.Faults.LosesLog) Disk.Flushed = Math.Max(Disk.Flushed, end);
                Step(new QuorumInput.LogFlushed(new Offset(end)));
            }

            if (IsUp && (generation != Disk.Generation || end < Disk.End)) Flush();
        });
    }

    private void Answer(QuorumOutput.Answer output)
    {
        var answer = output.With;
        if (answer is QuorumAnswer.Voted voted && cluster.Faults.VotesTwice && voted.Error == ErrorCode.None) answer = voted with { IsGranted = true };
        if (answer is QuorumAnswer.Fetched fetched) answer = Fill(fetched);
        if (answer is QuorumAnswer.SnapshotPart { Error: ErrorCode.None } part) answer = Fill(part);
        if (!_asked.Remove(output.Id, out var from))
        {
            ToolAnswers[output.Id] = answer;
            cluster.Tell($"{id} answers: {Storyteller.Tell(answer)}");
            return;
        }

        if (answer is QuorumAnswer.Voted or QuorumAnswer.Done) cluster.Tell($"{id} -> {from.Asker.Id}  {Storyteller.Tell(answer)}");
        cluster.Reply(this, from.Asker, from.Id, answer);
    }

    private QuorumAnswer.Fetched Fill(QuorumAnswer.Fetched fetched)
    {
        if (fetched.ReadFrom == Offset.None) return fetched;
        // a few at a time, so that followers are at different places
        var (from, to) = (fetched.ReadFrom.Value, Math.Min(fetched.ReadTo.Value, fetched.ReadFrom.Value + 3));
        if (cluster.Faults.CommitsTooEarly) fetched = fetched with { HighWatermark = new Offset(to) };
        var entries = Disk.Log.GetRange((int)(from - Disk.Start), (int)(to - from));
        var epochs = new List<EpochStart>();
        for (var i = 0; i < entries.Count; i++)
        {
            if (i == 0 || entries[i].Epoch != entries[i - 1].Epoch) epochs.Add(new EpochStart(entries[i].Epoch, new Offset(from + i)));
        }

        var changes = entries.Where(entry => entry.Change is not null).Select(entry => entry.Change!).ToList();
        var bytes = new byte[entries.Count * 8];
        for (var i = 0; i < entries.Count; i++) BitConverter.TryWriteBytes(bytes.AsSpan(i * 8), entries[i].Id);
        return fetched with { Batches = new FetchedBatches(new Offset(from), new Offset(to), epochs, changes, bytes), ReadFrom = Offset.None, ReadTo = Offset.None };
    }

    private static IEnumerable<Entry> Unpack(FetchedBatches batches)
    {
        for (var at = batches.Base.Value; at < batches.End.Value; at++)
        {
            var epoch = batches.Epochs.Last(start => start.At.Value <= at).Epoch;
            var change = batches.Changes.FirstOrDefault(c => c.At.Value == at);
            yield return new Entry(epoch, BitConverter.ToInt64(batches.Bytes.Span[((int)(at - batches.Base.Value) * 8)..]), change);
        }
    }

    private QuorumAnswer.SnapshotPart Fill(QuorumAnswer.SnapshotPart part)
    {
        if (!Disk.Snapshots.Exists(snapshot => snapshot.Id == part.Snapshot)) return part with { Error = ErrorCode.SnapshotNotFound };
        var count = (int)Math.Min(PartBytes, SnapshotBytes - part.Position);
        return part with { Size = SnapshotBytes, Bytes = new byte[count] };
    }

    private void StorePart(QuorumOutput.StoreSnapshotPart part)
    {
        var run = _run;
        cluster.Tell($"{id} stores {part.Bytes.Length} bytes at {part.Position} of the snapshot {part.Snapshot}");
        cluster.After(cluster.FlushMs(), () =>
        {
            if (run != _run) return;
            if (part.IsLast) Load(part.Snapshot);
            else Step(new QuorumInput.SnapshotPartStored(part.Snapshot, part.Position + part.Bytes.Length));
        });
    }

    private void Load(LogPoint id)
    {
        // the bytes are not modelled: the content is that of whoever has it
        var from = cluster.Replicas.Values.FirstOrDefault(replica => replica.Disk.Snapshots.Exists(snapshot => snapshot.Id == id));
        if (from is null || Node.Role == QuorumRole.Leader || id.End <= Node.HighWatermark)
        {
            if (from is null) Step(new QuorumInput.SnapshotRefused(id));
            return;
        }

        var snapshot = from.Disk.Snapshots.First(s => s.Id == id);
        Disk.Log.Clear();
        Disk.Snapshots.Clear();
        Disk.Snapshots.Add(snapshot);
        Disk.Start = Disk.Flushed = id.End.Value;
        Disk.Generation++;
        cluster.Tell($"{Id} loads the snapshot {id}");
        Step(new QuorumInput.SnapshotLoaded(id, snapshot.Voters));
    }

    private void SetTimer()
    {
        var deadline = Node.Deadline;
        if (deadline == long.MaxValue || deadline >= _timerAt && _timerAt > cluster.Now) return;
        _timerAt = deadline;
        var run = _run;
        cluster.After(Math.Max(0, deadline - cluster.Now), () => TimePassed(run, deadline));
    }

    private void TimePassed(int run, long deadline)
    {
        if (run != _run || _timerAt != deadline) return;
        if (IsFrozen)
        {
            cluster.After(10, () => TimePassed(run, deadline));
            return;
        }

        _timerAt = long.MaxValue;
        Step(new QuorumInput.TimePassed());
    }

    private void TellRole()
    {
        var role = Storyteller.Tell(Node);
        if (role == _role) return;
        _role = role;
        cluster.Tell($"{id} {role}");
    }
}
