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
/// Runs on the connection's thread from the checksum to the write, which small requests that have come together share. acks=all is answered
/// when every in-sync replica has the records, or when the request's time is over; with one replica at once. The request's bytes are not
/// needed any more while that is waited for.
/// acks=0 has no answer; a client whose records are refused then learns it by the closed connection, as from Kafka.
/// </remarks>
internal sealed class Produce(PartitionFinder finder, TimeProvider time) : IHandler<ProduceRequest, ProduceResponse>
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
            return Share(request, topic, only, context, turn);
        var response = new ProduceResponse();
        List<Pending>? pending = null;
        foreach (var produced in request.TopicData)
        {
            var hosted = Find(produced, context);
            var answers = new ProduceResponse.TopicProduceResponse { Name = produced.Name, TopicId = produced.TopicId };
            foreach (var partition in produced.PartitionData)
            {
                var answer = Append(hosted, produced, partition, request.Acks, context, out var committed);
                if (!committed.IsCompleted) (pending ??= []).Add(new(answer, committed));
                answers.PartitionResponses.Add(answer);
            }

            response.Responses.Add(answers);
        }

        return pending is null ? new(AsWanted(request.Acks, response, context)) : Later(response, pending, request, context);
    }

    /// <summary>The way of small requests that have come together with others.</summary>
    private async ValueTask<ProduceResponse?> Share(
        ProduceRequest request, ProduceRequest.TopicProduceData topic, ProduceRequest.PartitionProduceData produced, RequestContext context, Turn turn)
    {
        var committed = OffsetWaits.Passed;
        var answer = Prepare(Find(topic, context), topic, produced, request.Acks, context, out var partition, out var prepared);
        using (prepared)
        {
            if (answer is null)
            {
                var append = turn.Gathering<SharedAppends>().Add(turn, partition!, prepared.Pending, request.Acks == AllAcks);
                await turn.Ended;
                var outcome = append.Outcome(out var pending);
                committed = outcome.Committed;
                answer = Answer(partition!, outcome.Error, pending);
            }
        }

        answer.Index = produced.Index;
        var answers = new ProduceResponse.TopicProduceResponse { Name = topic.Name, TopicId = topic.TopicId, PartitionResponses = [answer] };
        var response = new ProduceResponse { Responses = [answers] };
        if (answer.ErrorCode != ErrorCode.None || committed.IsCompletedSuccessfully) return AsWanted(request.Acks, response, context);
        return await Later(response, [new(answer, committed)], request, context).ConfigureAwait(false);
    }

    /// <summary>The records are in the log; the answer comes when they are on every in-sync replica.</summary>
    private async ValueTask<ProduceResponse?> Later(ProduceResponse response, List<Pending> pending, ProduceRequest request, RequestContext context)
    {
        // a large frame is no pooled one: whoever still points to it keeps it
        foreach (var partition in request.TopicData.SelectMany(topic => topic.PartitionData)) partition.Records = Records.Null;
        context.ReleaseFrame();
        using (var deadline = CommitDeadline.Of(request.TimeoutMs, time, context.Ending))
        {
            foreach (var (answer, committed) in pending) answer.ErrorCode = await deadline.Within(committed).ConfigureAwait(false);
        }

        return AsWanted(request.Acks, response, context);
    }

    private ProduceResponse.PartitionProduceResponse Append(
        HostedTopic? hosted, ProduceRequest.TopicProduceData topic, ProduceRequest.PartitionProduceData produced, short acks, RequestContext context,
        out Task<ErrorCode> committed)
    {
        committed = OffsetWaits.Passed;
        var answer = Prepare(hosted, topic, produced, acks, context, out var partition, out var prepared);
        using (prepared)
        {
            if (answer is null)
            {
                var pending = prepared.Pending;
                var outcome = partition!.Append(new Span<PendingBatch>(ref pending), acks == AllAcks);
                answer = Answer(partition, outcome.Error, pending);
                if (answer.ErrorCode == ErrorCode.None) committed = outcome.Committed;
            }
        }

        answer.Index = produced.Index;
        return answer;
    }

    private HostedTopic? Find(ProduceRequest.TopicProduceData topic, RequestContext context) =>
        finder.FindTopic(topic.Name, topic.TopicId, IsById(context));

    private static bool IsById(RequestContext context) => context.ApiVersion >= 13;

    /// <summary>What is wrong with the records or with where they go; null where <paramref name="prepared"/> may be appended.</summary>
    private ProduceResponse.PartitionProduceResponse? Prepare(
        HostedTopic? hosted, ProduceRequest.TopicProduceData topic, ProduceRequest.PartitionProduceData produced, short acks, RequestContext context,
        out Partition? partition, out PreparedBatch prepared)
    {
        partition = hosted?.Find(produced.Index);
        prepared = default;
        if (acks is not (NoAcks or LeaderAcks or AllAcks)) return Refused(ErrorCode.InvalidRequiredAcks);
        if (partition is null) return Refused(finder.WhyNot(topic.Name, topic.TopicId, IsById(context), produced.Index));
        var policy = hosted!.Policy;
        if (TopicNames.IsInternal(hosted.Name))
            return Refused(ErrorCode.InvalidTopicException, $"{hosted.Name} belongs to the broker: clients may not write to it");
        prepared = PreparedBatch.From(produced.Records.Memory, policy, time.GetUtcNow().ToUnixTimeMilliseconds());
        if (!prepared.Verdict.IsValid) return Refused(prepared.Verdict, partition);
        return prepared.Pending.Header.IsTransactional ? Refused(ErrorCode.InvalidTxnState, "Transactions are not served yet") : null;
    }

    private ProduceResponse? AsWanted(short acks, ProduceResponse response, RequestContext context)
    {
        if (acks != NoAcks) return context.ApiVersion >= 10 ? WithLeaders(response, context) : response;
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

    /// <summary>Tells who is to be asked where this node does not lead (KIP-951).</summary>
    private ProduceResponse WithLeaders(ProduceResponse response, RequestContext context)
    {
        foreach (var topic in response.Responses)
        {
            foreach (var partition in topic.PartitionResponses)
            {
                if (partition.ErrorCode != ErrorCode.NotLeaderOrFollower) continue;
                if (finder.LeaderOf(topic.Name, topic.TopicId, IsById(context), partition.Index, context.ListenerName) is not { } leader) continue;
                partition.CurrentLeader.LeaderId = leader.Leader;
                partition.CurrentLeader.LeaderEpoch = leader.Epoch.Value;
                if (leader.Endpoint is not { } endpoint || response.NodeEndpoints.Exists(node => node.NodeId == leader.Leader)) continue;
                response.NodeEndpoints.Add(new() { NodeId = leader.Leader, Host = endpoint.Host, Port = endpoint.Port, Rack = leader.Rack });
            }
        }

        return response;
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

    private readonly record struct Pending(ProduceResponse.PartitionProduceResponse Answer, Task<ErrorCode> Committed);
}
