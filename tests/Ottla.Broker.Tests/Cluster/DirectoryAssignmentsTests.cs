using Ottla.Broker.Cluster;
using Ottla.Broker.Tests.Coordination;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Cluster;

public sealed class DirectoryAssignmentsTests
{
    private static readonly Uuid Topic = new(1, 1);
    private static readonly Uuid One = new(7, 201);
    private static readonly Uuid Two = new(7, 202);

    private readonly List<AssignReplicasToDirsRequest> _sent = [];
    private readonly Queue<TaskCompletionSource<ErrorCode>> _answers = new();
    private readonly ManualTime _time = new();
    private readonly DirectoryAssignments _assignments;

    public DirectoryAssignmentsTests() => _assignments = new(
        request =>
        {
            _sent.Add(request);
            var answer = new TaskCompletionSource<ErrorCode>();
            _answers.Enqueue(answer);
            return answer.Task;
        },
        () => (new BrokerId(5), new BrokerEpoch(42)),
        _time,
        fault => throw new InvalidOperationException("a bug", fault));

    [Fact]
    public void Ten_thousand_replicas_go_in_a_handful_of_requests_one_after_the_other()
    {
        for (var i = 0; i < 10_000; i++) _assignments.Report(Topic, i, i % 2 == 0 ? One : Two);
        _assignments.Send();
        Assert.Single(_sent);
        while (_answers.TryDequeue(out var answer)) answer.SetResult(ErrorCode.None);
        Assert.Equal(5, _sent.Count);
        Assert.All(_sent, request => Assert.Equal((5, 42), (request.BrokerId, request.BrokerEpoch)));
        Assert.All(_sent, request => Assert.InRange(Replicas(request).Count(), 1, DirectoryAssignments.ReplicasPerRequestMax));
        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => (i, i % 2 == 0 ? One : Two)), _sent.SelectMany(Replicas).OrderBy(replica => replica.Partition));
    }

    [Fact]
    public void What_is_reported_while_a_request_is_under_way_goes_with_the_next_and_the_last_word_counts()
    {
        _assignments.Report(Topic, 0, One);
        _assignments.Send();
        _assignments.Report(Topic, 0, Two);
        _assignments.Report(Topic, 0, One);
        _assignments.Report(Topic, 1, Two);
        _assignments.Send();
        Assert.Single(_sent);
        _answers.Dequeue().SetResult(ErrorCode.None);
        Assert.Equal([(0, One), (1, Two)], Replicas(_sent[1]).OrderBy(replica => replica.Partition));
        _answers.Dequeue().SetResult(ErrorCode.None);
        _assignments.Send();
        Assert.Equal(2, _sent.Count);
    }

    [Fact]
    public void What_a_controller_did_not_take_is_sent_again_after_a_pause_and_a_newer_word_goes_before()
    {
        _assignments.Report(Topic, 0, One);
        _assignments.Report(Topic, 1, One);
        _assignments.Send();
        _assignments.Report(Topic, 1, Two);
        _answers.Dequeue().SetResult(ErrorCode.NotController);
        Assert.Single(_sent);
        _time.Advance(DirectoryAssignments.RetryPause);
        Assert.Equal([(0, One), (1, Two)], Replicas(_sent[1]).OrderBy(replica => replica.Partition));
        _answers.Dequeue().SetResult(ErrorCode.None);
        _time.Advance(DirectoryAssignments.RetryPause);
        Assert.Equal(2, _sent.Count);
    }

    [Fact]
    public void A_node_that_stops_sends_nothing_more()
    {
        _assignments.Report(Topic, 0, One);
        _assignments.Send();
        _assignments.Stop();
        _answers.Dequeue().SetResult(ErrorCode.NotController);
        _assignments.Report(Topic, 2, One);
        _assignments.Send();
        _time.Advance(DirectoryAssignments.RetryPause);
        Assert.Single(_sent);
    }

    private static IEnumerable<(int Partition, Uuid Directory)> Replicas(AssignReplicasToDirsRequest request) =>
        request.Directories.SelectMany(d => d.Topics.SelectMany(t => t.Partitions.Select(p => (p.PartitionIndex, d.Id))));
}
