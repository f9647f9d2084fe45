using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Broker.Replication;
using Ottla.Log;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Loops;

namespace Ottla.Broker.Handlers;

/// <summary>Produce, key 0, versions 3 to 13: appends one batch to each partition that is named.</summary>
/// <remarks>
/// v3: record batches of magic 2. v5: the log start offset in the answer. v8: the records at fault (KIP-467). v9: flexible. v10: where the
/// leader is now (KIP-951).
/// v11, v12: transactions v2 (KIP-890), which change nothing for other producers. v13: topics by id (KIP-516).
/// Not served: transactional batches, which are refused with INVALID_TXN_STATE: nobody can have begun a transaction here.
/// Runs on the connection's thread from the checksum to the write, which small requests that have come together share; with one replica in
/// sync, acks=all is answered as soon as acks=1.
/// acks=0 has no answer; a client whose records are refused then learns it by the closed connection, as from Kafka.
/// </remarks>
internal sealed class Produce(Partitions partitions, TimeProvider time) : IHandler<ProduceRequest, ProduceResponse>
{
    private const short NoAcks = 0;
    private const short LeaderAcks = 1;
    private const short AllAcks = -1;

    /// <summary>Up to here a batch shares its write with those that have come together with it; beyond it the bytes are what
    /// costs.</summary>
    private const int SharedBytesMax = 4 << 10;

    public static VersionRange Versions => new(3, 13);

    public ValueTask<ProduceResponse?> Handle(ProduceRequest request, RequestContext context)
    {
        if (request.TopicData is [{ PartitionData: [var only] } topic] && only.Records.Memory.Length <= SharedBytesMax && context.Turn is { } turn)
            return Share(request.Acks, topic, only, context, turn);
        var response = new ProduceResponse();
        foreach (var produced in request.TopicData)
        {
            var hosted = Find(produced, context);
            var answers = new ProduceResponse.TopicProduceResponse { Name = produced.Name, TopicId = produced.TopicId };
            foreach (var partition in produced.PartitionData) answers.PartitionResponses.Add(Append(hosted, partition, request.Acks, context));
            response.Responses.Add(answers);
        }

        return new(AsWanted(request.Acks, response));
    }

    /// <summary>The way of small requests that have come together with others.</summary>
    private async ValueTask<ProduceResponse?> Share(
        short acks, ProduceRequest.TopicProduceData topic, ProduceRequest.PartitionProduceData produced, RequestContext context, Turn turn)
    {
        var answer = Prepare(Find(topic, context), produced, acks, context, out var partition, out var prepared);
        using (prepared)
        {
            if (answer is null)
            {
                var append = turn.Gathering<SharedAppends>().Add(turn, partition!, prepared.Pending, acks == AllAcks);
                await turn.Ended;
                answer = Answer(partition!, append.Outcome(out var pending), pending);
            }
        }

        answer.Index = produced.Index;
        var answers = new ProduceResponse.TopicProduceResponse { Name = topic.Name, TopicId = topic.TopicId, PartitionResponses = [answer] };
        return AsWanted(acks, new ProduceResponse { Responses = [answers] });
    }

    private ProduceResponse.PartitionProduceResponse Append(
        HostedTopic? topic, ProduceRequest.PartitionProduceData produced, short acks, RequestContext context)
    {
        var answer = Prepare(topic, produced, acks, context, out var partition, out var prepared);
        using (prepared)
        {
            if (answer is null)
            {
                var pending = prepared.Pending;
                answer = Answer(partition!, partition!.Append(new Span<PendingBatch>(ref pending), acks == AllAcks), pending);
            }
        }

        answer.Index = produced.Index;
        return answer;
    }

    private HostedTopic? Find(ProduceRequest.TopicProduceData topic, RequestContext context) =>
        context.ApiVersion >= 13 ? partitions.Find(topic.TopicId) : partitions.Find(topic.Name);

    /// <summary>What is wrong with the records or with where they go; null where <paramref name="prepared"/> may be appended.</summary>
    private ProduceResponse.PartitionProduceResponse? Prepare(
        HostedTopic? topic, ProduceRequest.PartitionProduceData produced, short acks, RequestContext context, out Partition? partition, out PreparedBatch prepared)
    {
        partition = topic?.Find(produced.Index);
        prepared = default;
        if (acks is not (NoAcks or LeaderAcks or AllAcks)) return Refused(ErrorCode.InvalidRequiredAcks);
        if (topic is null) return Refused(context.ApiVersion >= 13 ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition);
        if (partition is null) return Refused(ErrorCode.UnknownTopicOrPartition);
        if (TopicNames.IsInternal(topic.Name)) return Refused(ErrorCode.InvalidTopicException, $"{topic.Name} belongs to the broker: clients may not write to it");
        prepared = PreparedBatch.From(produced.Records.Memory, topic.Policy, time.GetUtcNow().ToUnixTimeMilliseconds());
        if (!prepared.Verdict.IsValid) return Refused(prepared.Verdict, partition);
        return prepared.Pending.Header.IsTransactional ? Refused(ErrorCode.InvalidTxnState, "Transactions are not served yet") : null;
    }

    private static ProduceResponse? AsWanted(short acks, ProduceResponse response)
    {
        if (acks != NoAcks) return response;
        foreach (var topic in response.Responses)
        {
            foreach (var partition in topic.PartitionResponses)
            {
                if (partition.ErrorCode == ErrorCode.None) continue;
                throw new MalformedMessageException("records with acks=0 that can't be appended; there is no other way to tell the client");
            }
        }

        return null;
    }

    private static ProduceResponse.PartitionProduceResponse Answer(Partition partition, ErrorCode error, in PendingBatch appended)
    {
        if (error == ErrorCode.None) error = appended.Error;
        if (error != ErrorCode.None) return Refused(error);
        return new()
        {
            BaseOffset = appended.BaseOffset.Value,
            LogAppendTimeMs = appended.LogAppendTime,
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
