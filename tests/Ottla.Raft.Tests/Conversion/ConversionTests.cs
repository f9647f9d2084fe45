using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.Conversion;
using Ottla.Raft.History;
using Ottla.Raft.Messages;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Tests.Conversion;

/// <summary>What goes out comes in as it was, in each version that carries it.</summary>
public sealed class ConversionTests
{
    private static readonly ReplicaKey _one = new(new BrokerId(1), new Uuid(5, 6));
    private static readonly ReplicaKey _two = new(new BrokerId(2), new Uuid(7, 8));
    private static readonly LogPoint _end = new(new Offset(40), new LeaderEpoch(3));
    private static readonly VoterEndpoint _place = new("CONTROLLER", "a.example", 9093);
    private static readonly LeaderHint _hint = new(new BrokerId(2), new LeaderEpoch(4), _place with { Listener = "" });

    [Fact]
    public void A_vote()
    {
        var vote = new QuorumRequest.Vote(_one, _two, new LeaderEpoch(4), _end, IsPreVote: true) { ClusterId = "c" };
        Assert.Equal(vote, RequestsIn.From(RoundTrip<VoteRequest>(RequestsOut.ToWire(vote), 2)));
        var plain = vote with { IsPreVote = false };
        Assert.Equal(plain, RequestsIn.From(RoundTrip<VoteRequest>(RequestsOut.ToWire(plain), 1)));
        var bare = RequestsIn.From(RoundTrip<VoteRequest>(RequestsOut.ToWire(plain), 0));
        Assert.Equal(plain with { Candidate = _one with { DirectoryId = Uuid.Zero }, Voter = ReplicaKey.None }, bare);
        var answer = new QuorumAnswer.Voted(ErrorCode.None, true) { Leader = _hint };
        Assert.Equal(answer, AnswersIn.From(RoundTrip<VoteResponse>(AnswersOut.ToVote(answer, 1), 1)));
    }

    [Fact]
    public void The_begin_and_the_end_of_an_epoch()
    {
        var begin = new QuorumRequest.BeginEpoch(_one.Id, _two, new LeaderEpoch(4), [_place]) { ClusterId = "c" };
        var begun = RequestsIn.From(RoundTrip<BeginQuorumEpochRequest>(RequestsOut.ToWire(begin), 1))!;
        Assert.Equal((begin.Leader, begin.Voter, begin.Epoch, "c"), (begun.Leader, begun.Voter, begun.Epoch, begun.ClusterId));
        Assert.Equal([_place], begun.Endpoints);
        var end = new QuorumRequest.EndEpoch(_one.Id, new LeaderEpoch(4), [_two, _one], [_place]);
        Assert.Equal([_two, _one], RequestsIn.From(RoundTrip<EndQuorumEpochRequest>(RequestsOut.ToWire(end, 1), 1))!.Successors);
        Assert.Equal([2, 1], RequestsIn.From(RoundTrip<EndQuorumEpochRequest>(RequestsOut.ToWire(end, 0), 0))!.Successors.Select(s => s.Id.Value));
        var answer = new QuorumAnswer.Done(ErrorCode.FencedLeaderEpoch) { Leader = _hint };
        Assert.Equal(answer, AnswersIn.From(RoundTrip<BeginQuorumEpochResponse>(AnswersOut.ToBegin(answer, 1), 1)));
        Assert.Equal(answer, AnswersIn.From(RoundTrip<EndQuorumEpochResponse>(AnswersOut.ToEnd(answer, 1), 1)));
    }

    [Fact]
    public void A_fetch()
    {
        var fetch = new QuorumRequest.Fetch(_one, new LeaderEpoch(4), _end, new Offset(30), 500, 1 << 20) { ClusterId = "c" };
        Assert.Equal(fetch, RequestsIn.From(RoundTrip<FetchRequest>(RequestsOut.ToWire(fetch, 18), 18)));
        // who can't say what it knows gets records alone
        Assert.Equal(fetch with { HighWatermark = new Offset(long.MaxValue) }, RequestsIn.From(RoundTrip<FetchRequest>(RequestsOut.ToWire(fetch, 17), 17)));
        Assert.Equal(_one.Id, RequestsIn.From(RoundTrip<FetchRequest>(RequestsOut.ToWire(fetch, 12), 12))!.Replica.Id);
        var answer = new QuorumAnswer.Fetched(ErrorCode.None) { HighWatermark = new Offset(7), LogStart = new Offset(1), Diverging = _end, Leader = _hint };
        Assert.Equal(answer, AnswersIn.From(RoundTrip<FetchResponse>(AnswersOut.ToFetch(answer, Records.Empty, 16), 16), _ => null));
        var behind = answer with { Diverging = null, Snapshot = _end };
        Assert.Equal(behind, AnswersIn.From(RoundTrip<FetchResponse>(AnswersOut.ToFetch(behind, Records.Empty, 17), 17), _ => null));
    }

    [Fact]
    public void Records_that_make_no_sense_are_no_answer()
    {
        var response = AnswersOut.ToFetch(new QuorumAnswer.Fetched(ErrorCode.None), new Records(new byte[] { 1 }), 17);
        Assert.Null(AnswersIn.From(response, _ => null));
    }

    [Fact]
    public void A_part_of_a_snapshot()
    {
        var fetch = new QuorumRequest.FetchSnapshot(_one, new LeaderEpoch(4), _end, 100, 1000) { ClusterId = "c" };
        Assert.Equal(fetch, RequestsIn.From(RoundTrip<FetchSnapshotRequest>(RequestsOut.ToWire(fetch), 1)));
        var answer = new QuorumAnswer.SnapshotPart(ErrorCode.None) { Snapshot = _end, Size = 9, Position = 4, Bytes = new byte[] { 1, 2 }, Leader = _hint };
        var part = (QuorumAnswer.SnapshotPart)AnswersIn.From(RoundTrip<FetchSnapshotResponse>(AnswersOut.ToSnapshot(answer, 1), 1))!;
        Assert.Equal([1, 2], part.Bytes.ToArray());
        Assert.Equal(answer with { Bytes = default }, part with { Bytes = default });
    }

    [Fact]
    public void Voters_that_change()
    {
        var voter = new Voter(_one.Id, _one.DirectoryId, [_place]) { KRaftVersions = new VersionRange(0, 1) };
        var update = RequestsIn.From(RoundTrip<UpdateRaftVoterRequest>(RequestsOut.ToWire(new QuorumRequest.UpdateVoter(new LeaderEpoch(4), voter)), 0));
        Assert.True(update.Voter.Says(voter));
        var add = RequestsIn.From(RoundTrip<AddRaftVoterRequest>(RequestsOut.ToWire(new QuorumRequest.AddVoter(voter, 99, false), 1), 1));
        Assert.Equal((99, false, true), (add.TimeoutMs, add.AckWhenCommitted, add.Voter.Says(voter)));
        Assert.Equal(_two, RequestsIn.From(RoundTrip<RemoveRaftVoterRequest>(RequestsOut.ToWire(new QuorumRequest.RemoveVoter(_two)), 0)).Voter);
        var refused = new QuorumAnswer.Done(ErrorCode.VoterNotFound) { Message = "who?" };
        Assert.Equal(refused, AnswersIn.From(RoundTrip<RemoveRaftVoterResponse>(AnswersOut.ToRemove(refused), 0)));
        Assert.Equal(_hint, AnswersIn.From(RoundTrip<UpdateRaftVoterResponse>(AnswersOut.ToUpdate(new QuorumAnswer.Done(ErrorCode.None) { Leader = _hint }), 0)).Leader);
    }

    [Fact]
    public void Another_cluster_is_told_nothing_but_that()
    {
        var answer = new QuorumAnswer.Voted(ErrorCode.InconsistentClusterId, false) { IsWhole = false, Leader = _hint };
        Assert.Equal(answer with { Leader = LeaderHint.None }, AnswersIn.From(RoundTrip<VoteResponse>(AnswersOut.ToVote(answer, 1), 1)));
    }

    [Fact]
    public void Requests_about_other_topics_are_not_the_quorums()
    {
        Assert.Null(RequestsIn.From(new VoteRequest()));
        Assert.Null(RequestsIn.From(new FetchRequest { Topics = [new() { Topic = "weather", Partitions = [new()] }] }));
        Assert.Null(AnswersIn.From(new VoteResponse()));
    }

    private static T RoundTrip<T>(T message, short version)
        where T : IMessage<T>
    {
        using var writer = new MessageWriter(256);
        message.Write(writer, version);
        var reader = new MessageReader(writer.WrittenMemory.ToArray());
        return T.Read(ref reader, version);
    }
}
