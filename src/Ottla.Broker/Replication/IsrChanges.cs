using Ottla.Broker.Cluster.Controllers;
using Ottla.Network.Connections;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>Asks the controller for changes of ISRs (AlterPartition), those of many partitions with one request.</summary>
/// <remarks>
/// Any thread proposes. Proposals wait in a table, one a partition, so it is never longer than there are partitions; one request is under
/// way at a time and takes up to <see cref="PartitionsPerRequestMax"/> of them, in the order in which they came.
/// Failure: a request that comes to nothing gives every proposal of it the error as its answer; after an error nothing is asked for
/// <see cref="RetryPause"/>, so that what is asked again is no storm.
/// </remarks>
/// <param name="send">To the active controller; may throw an <see cref="IOException"/>, or be cancelled by the stop of the node.</param>
/// <param name="self">This broker and the run of it that is registered.</param>
/// <param name="time">For the pause before anything is tried again.</param>
/// <param name="fault">Hears of what only a bug of ours throws.</param>
internal sealed class IsrChanges(
    Func<AlterPartitionRequest, Task<AlterPartitionResponse>> send, Func<(BrokerId Broker, BrokerEpoch Epoch)> self, TimeProvider time, Action<Exception> fault)
    : IIsrChanges
{
    /// <summary>Some 100 KiB a request: a node with 10,000 partitions whose followers come back asks ten times.</summary>
    public const int PartitionsPerRequestMax = 1_000;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly Dictionary<Partition, IsrProposal> _waiting = [];
    private readonly Queue<Partition> _order = new();
    private bool _isSending;
    private bool _isStopped;

    /// <summary>The way to whoever leads the quorum: one try after the other for half a minute, then its proposals are looked at
    /// anew.</summary>
    public static Func<AlterPartitionRequest, Task<AlterPartitionResponse>> Through(ControllerChannel channel, CancellationToken stopping) => async request =>
    {
        var reply = await channel.Ask(NodeApis.AlterPartition, version => ForVersion(request, version), response => response.ErrorCode,
            ControllerChannel.RequestMsMax, stopping).ConfigureAwait(false);
        return reply.Response ?? new() { ErrorCode = reply.Error };
    };

    public void Propose(Partition partition, IsrProposal proposal)
    {
        lock (_lock)
        {
            if (_isStopped) return;
            if (_waiting.TryAdd(partition, proposal)) _order.Enqueue(partition);
            else _waiting[partition] = proposal;
            if (_isSending) return;
            _isSending = true;
        }

        _ = SendAll();
    }

    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            _waiting.Clear();
            _order.Clear();
        }
    }

    /// <summary>Version 2 knows no runs of brokers (KIP-903 is version 3).</summary>
    private static AlterPartitionRequest ForVersion(AlterPartitionRequest request, short version)
    {
        if (version >= 3) return request;
        var plain = new AlterPartitionRequest { BrokerId = request.BrokerId, BrokerEpoch = request.BrokerEpoch };
        foreach (var topic in request.Topics)
        {
            plain.Topics.Add(new()
            {
                TopicId = topic.TopicId,
                Partitions = [.. topic.Partitions.Select(partition => new AlterPartitionRequest.PartitionData
                {
                    PartitionIndex = partition.PartitionIndex,
                    LeaderEpoch = partition.LeaderEpoch,
                    PartitionEpoch = partition.PartitionEpoch,
                    LeaderRecoveryState = partition.LeaderRecoveryState,
                    NewIsr = [.. partition.NewIsrWithEpochs.Select(member => member.BrokerId)],
                })],
            });
        }

        return plain;
    }

    private async Task SendAll()
    {
        // not on the thread of who proposed: it may hold up a follower's fetch
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (Take() is { } taken)
            {
                if (await Ask(taken).ConfigureAwait(false)) await Task.Delay(RetryPause, time).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            Stop();
        }
#pragma warning disable CA1031 // the fault handler ends the process; nothing is swallowed
        catch (Exception bug)
#pragma warning restore CA1031
        {
            fault(bug);
        }
    }

    /// <summary>True where something failed.</summary>
    private async Task<bool> Ask(List<(Partition Partition, IsrProposal Proposal)> taken)
    {
        AlterPartitionResponse response;
        try
        {
            response = await send(RequestOf(taken)).ConfigureAwait(false);
        }
        catch (IOException)
        {
            response = new() { ErrorCode = ErrorCode.NetworkException };
        }

        var answers = new Dictionary<(Uuid, int), AlterPartitionResponse.PartitionData>();
        foreach (var topic in response.Topics)
        {
            foreach (var partition in topic.Partitions) answers[(topic.TopicId, partition.PartitionIndex)] = partition;
        }

        var hasFailed = false;
        foreach (var (partition, proposal) in taken)
        {
            var answer = response.ErrorCode != ErrorCode.None ? IsrAnswer.Failed(response.ErrorCode)
                : answers.TryGetValue((partition.Topic.Id, partition.Name.Partition), out var found)
                    ? new IsrAnswer(found.ErrorCode, new(found.LeaderEpoch), found.PartitionEpoch, [.. found.Isr], found.LeaderRecoveryState)
                    : IsrAnswer.Failed(ErrorCode.OperationNotAttempted);
            hasFailed |= answer.Error != ErrorCode.None;
            partition.Replay(proposal, answer);
        }

        return hasFailed;
    }

    private List<(Partition Partition, IsrProposal Proposal)>? Take()
    {
        lock (_lock)
        {
            if (_order.Count == 0)
            {
                _isSending = false;
                return null;
            }

            var taken = new List<(Partition, IsrProposal)>();
            while (taken.Count < PartitionsPerRequestMax && _order.TryDequeue(out var partition))
            {
                _waiting.Remove(partition, out var proposal);
                taken.Add((partition, proposal!));
            }

            return taken;
        }
    }

    private AlterPartitionRequest RequestOf(List<(Partition Partition, IsrProposal Proposal)> taken)
    {
        var (broker, epoch) = self();
        var request = new AlterPartitionRequest { BrokerId = broker.Value, BrokerEpoch = epoch.Value };
        var topics = new Dictionary<Uuid, AlterPartitionRequest.TopicData>();
        foreach (var (partition, proposal) in taken)
        {
            if (!topics.TryGetValue(partition.Topic.Id, out var topic))
            {
                topics.Add(partition.Topic.Id, topic = new() { TopicId = partition.Topic.Id });
                request.Topics.Add(topic);
            }

            var data = new AlterPartitionRequest.PartitionData
            {
                PartitionIndex = partition.Name.Partition,
                LeaderEpoch = proposal.LeaderEpoch.Value,
                PartitionEpoch = proposal.PartitionEpoch,
                LeaderRecoveryState = proposal.LeaderRecoveryState,
            };
            for (var i = 0; i < proposal.Isr.Length; i++)
                data.NewIsrWithEpochs.Add(new() { BrokerId = proposal.Isr[i], BrokerEpoch = proposal.Epochs[i].Value });
            topic.Partitions.Add(data);
        }

        return request;
    }
}
