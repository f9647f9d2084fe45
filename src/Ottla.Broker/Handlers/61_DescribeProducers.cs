using Ottla.Broker.Net;
using Ottla.Broker.Replication;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>DescribeProducers, key 61, version 0: the idempotent and transactional producers that a partition remembers
/// (KIP-664).</summary>
/// <remarks>Only the leader answers. A producer is forgotten after `producer.id.expiration.ms` of silence.</remarks>
internal sealed class DescribeProducers(PartitionFinder finder) : IHandler<DescribeProducersRequest, DescribeProducersResponse>
{
    public static VersionRange Versions => new(0, 0);

    public ValueTask<DescribeProducersResponse?> Handle(DescribeProducersRequest request, RequestContext context)
    {
        var response = new DescribeProducersResponse();
        foreach (var topic in request.Topics)
        {
            var answers = new DescribeProducersResponse.TopicResponse { Name = topic.Name };
            foreach (var number in topic.PartitionIndexes) answers.Partitions.Add(Describe(topic.Name, number));
            response.Topics.Add(answers);
        }

        return new(response);
    }

    private DescribeProducersResponse.PartitionResponse Describe(string topic, int number)
    {
        var answer = new DescribeProducersResponse.PartitionResponse { PartitionIndex = number };
        var partition = finder.Find(topic, number);
        answer.ErrorCode = partition?.CheckLeader(LeaderEpoch.None) ?? finder.WhyNot(topic, number);
        answer.ErrorMessage = answer.ErrorCode.UsualMessage();
        if (answer.ErrorCode != ErrorCode.None) return answer;
        if (partition!.Log is null)
        {
            answer.ErrorCode = ErrorCode.KafkaStorageError;
            return answer;
        }

        foreach (var producer in partition.ActiveProducers())
        {
            answer.ActiveProducers.Add(new()
            {
                ProducerId = producer.ProducerId.Value,
                ProducerEpoch = producer.ProducerEpoch,
                LastSequence = producer.LastSequence,
                LastTimestamp = producer.LastTimestamp,
                CoordinatorEpoch = producer.CoordinatorEpoch,
                CurrentTxnStartOffset = producer.TransactionStartOffset.Value,
            });
        }

        return answer;
    }
}
