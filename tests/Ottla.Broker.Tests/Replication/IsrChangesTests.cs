using System.Collections.Concurrent;
using Ottla.Broker.Replication;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Broker.Tests.Replication;

public sealed class IsrChangesTests
{
    private readonly ReplicaScene _scene = new(new MemoryFileSystem());
    private readonly ConcurrentQueue<AlterPartitionRequest> _sent = new();
    private readonly ConcurrentQueue<Exception> _faults = new();
    private readonly Queue<TaskCompletionSource<AlterPartitionResponse>> _answers = new();

    [Fact]
    public async Task What_comes_while_one_request_is_under_way_goes_together_with_the_next()
    {
        var changes = Changes();
        var (first, second) = (Leader(), Leader());
        var answer = Await();
        changes.Propose(first, Proposal(7));
        await Patience.Until(() => _sent.Count == 1);
        changes.Propose(first, Proposal(8));
        changes.Propose(second, Proposal(9));
        changes.Propose(second, Proposal(10));
        var last = Await();
        answer.SetResult(new AlterPartitionResponse());
        await Patience.Until(() => _sent.Count == 2);
        Assert.Equal([[7], [8, 10]], _sent.Select(request => request.Topics.SelectMany(topic => topic.Partitions).Select(partition => partition.PartitionEpoch)));
        var partition = _sent.First().Topics[0].Partitions[0];
        Assert.Equal([(1, 101L), (2, -1L)], partition.NewIsrWithEpochs.Select(member => (member.BrokerId, member.BrokerEpoch)));
        Assert.Equal((1, 101L), (_sent.First().BrokerId, _sent.First().BrokerEpoch));
        last.SetResult(new AlterPartitionResponse());
        Assert.Empty(_faults);
    }

    [Fact]
    public async Task An_answer_goes_to_its_partition()
    {
        var partition = _scene.Host("weather", [1, 2, 3], isr: [1, 2]);
        ReplicaScene.Fetch(partition, 3, 0);
        var answer = Await();
        Changes().Propose(partition, _scene.Proposals.Single());
        await Patience.Until(() => _sent.Count == 1);
        answer.SetResult(new AlterPartitionResponse
        {
            Topics = [new() { TopicId = ReplicaScene.Id, Partitions = [new() { PartitionIndex = 0, LeaderId = 1, LeaderEpoch = 0, PartitionEpoch = 1, Isr = [1, 2, 3] }] }],
        });
        await Patience.Until(() => partition.Isr.Length == 3);
    }

    [Fact]
    public async Task A_controller_that_can_not_be_reached_is_asked_again_after_a_pause()
    {
        var partition = _scene.Host("weather", [1, 2, 3], isr: [1, 2]);
        ReplicaScene.Fetch(partition, 3, 0);
        var answer = Await();
        Changes().Propose(partition, _scene.Proposals.Single());
        await Patience.Until(() => _sent.Count == 1);
        answer.SetException(new IOException("gone"));
        // the scene takes what the partition asks for again
        await Patience.Until(() => _scene.Proposals.Count == 2);
        Assert.Same(_scene.Proposals[0], _scene.Proposals[1]);
    }

    [Fact]
    public async Task A_fault_of_the_program_is_not_swallowed()
    {
        var answer = Await();
        Changes().Propose(Leader(), Proposal(7));
        answer.SetException(new NotSupportedException("a bug"));
        await Patience.Until(() => !_faults.IsEmpty);
    }

    private IsrChanges Changes() => new(
        request =>
        {
            _sent.Enqueue(request);
            lock (_answers) return _answers.Dequeue().Task;
        },
        () => (new BrokerId(1), new BrokerEpoch(101)), TimeProvider.System, _faults.Enqueue);

    private TaskCompletionSource<AlterPartitionResponse> Await()
    {
        var answer = new TaskCompletionSource<AlterPartitionResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_answers) _answers.Enqueue(answer);
        return answer;
    }

    private Partition Leader() => _scene.Host("weather", [1, 2, 3], isr: [1, 2]);

    private static IsrProposal Proposal(int partitionEpoch) => new(new LeaderEpoch(0), partitionEpoch, [1, 2], [new BrokerEpoch(101), BrokerEpoch.None], 0);
}
