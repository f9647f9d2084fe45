using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Broker.Replication;
using Ottla.Log;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Handlers;

/// <summary>Produce, key 0, versions 3 to 13: appends one batch to each partition that is named.</summary>
/// <remarks>
/// v3: record batches of magic 2. v5: the log start offset in the answer. v8: the records at fault (KIP-467). v9: flexible. v10: where the
/// leader is now (KIP-951).
/// v11, v12: transactions v2 (KIP-890), which change nothing for other producers. v13: topics by id (KIP-516).
/// Not served: transactional batches, which are refused with INVALID_TXN_STATE: nobody can have begun a transaction here.
/// Runs on the connection's thread from the checksum to the write; with one replica in sync, acks=all is answered as soon as acks=1.
/// acks=0 has no answer; a client whose records are refused then learns it by the closed connection, as from Kafka.
/// </remarks>
internal sealed class Produce(Partitions partitions, TimeProvider time) : IHandler<ProduceRequest, ProduceResponse>
{
    private const short NoAcks = 0;
    private const short LeaderAcks = 1;
    private const short AllAcks = -1;

    public static VersionRange Versions => new(3, 13);

    public ValueTask<ProduceResponse?> Handle(ProduceRequest request, RequestContext context)
    {
        var response = new ProduceResponse();
        var failed = false;
        foreach (var topic in request.TopicData)
        {
            var answers = new ProduceResponse.TopicProduceResponse { Name = topic.Name, TopicId = topic.TopicId };
            var hosted = context.ApiVersion >= 13 ? partitions.Find(topic.TopicId) : partitions.Find(topic.Name);
            foreach (var produced in topic.PartitionData)
            {
                var answer = request.Acks is NoAcks or LeaderAcks or AllAcks
                    ? Append(hosted, produced, request.Acks, context)
                    : new() { ErrorCode = ErrorCode.InvalidRequiredAcks, BaseOffset = -1 };
                answer.Index = produced.Index;
                failed |= answer.ErrorCode != ErrorCode.None;
                answers.PartitionResponses.Add(answer);
            }

            response.Responses.Add(answers);
        }

        if (request.Acks != NoAcks) return new(response);
        if (failed) throw new MalformedMessageException("records with acks=0 that can't be appended; there is no other way to tell the client");
        return new((ProduceResponse?)null);
    }

    private ProduceResponse.PartitionProduceResponse Append(
        HostedTopic? topic, ProduceRequest.PartitionProduceData produced, short acks, RequestContext context)
    {
        if (topic is null) return Refused(context.ApiVersion >= 13 ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition);
        if (topic.Find(produced.Index) is not { } partition) return Refused(ErrorCode.UnknownTopicOrPartition);
        if (TopicNames.IsInternal(topic.Name)) return Refused(ErrorCode.InvalidTopicException, $"{topic.Name} belongs to the broker: clients may not write to it");
        using var prepared = PreparedBatch.From(produced.Records.Memory, topic.Policy, time.GetUtcNow().ToUnixTimeMilliseconds());
        if (!prepared.Verdict.IsValid) return Refused(prepared.Verdict, partition);
        if (prepared.Pending.Header.IsTransactional) return Refused(ErrorCode.InvalidTxnState, "Transactions are not served yet");

        var pending = prepared.Pending;
        var error = partition.Append(new Span<PendingBatch>(ref pending), acks == AllAcks);
        if (error == ErrorCode.None) error = pending.Error;
        if (error != ErrorCode.None) return Refused(error);
        return new()
        {
            BaseOffset = pending.BaseOffset.Value,
            LogAppendTimeMs = pending.LogAppendTime,
            LogStartOffset = partition.Log?.LogStartOffset.Value ?? -1,
        };
    }

    private static ProduceResponse.PartitionProduceResponse Refused(ErrorCode error, string? message = null) =>
        new() { ErrorCode = error, BaseOffset = -1, ErrorMessage = message };

    private static ProduceResponse.PartitionProduceResponse Refused(in BatchVerdict verdict, Partition partition)
    {
        var refused = Refused(verdict.Error, verdict.Message);
        if (verdict.RecordErrors.Count == 0) return refused;
        refused.LogStartOffset = partition.Log?.LogStartOffset.Value ?? -1;
        foreach (var record in verdict.RecordErrors) refused.RecordErrors.Add(new() { BatchIndex = record.BatchIndex, BatchIndexErrorMessage = record.Message });
        return refused;
    }
}
