using Ottla.Client.Clusters;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Codecs;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Client.Producing;

/// <summary>What the broker said about one partition's batch.</summary>
/// <param name="Leader">Who leads now, where the broker does not and knows who does.</param>
internal readonly record struct ProduceOutcome(ErrorCode Error, string? Message, Offset BaseOffset, long LogAppendTimeMs, NewLeader? Leader);

/// <summary>One Produce request with the encoded batches that it carries; their buffers go back with <see cref="Dispose"/>, once it is sent
/// and answered.</summary>
internal sealed class ProduceCall : IDisposable
{
    private readonly List<BatchBuilder> _builders = [];

    public ProduceRequest Request { get; } = new();

    /// <exception cref="BrokerException">The codec that was asked for is not there.</exception>
    public static ProduceCall Encode(List<ProducerBatch> batches, ClusterMetadata metadata, ProducerOptions options, int timeoutMs)
    {
        var call = new ProduceCall();
        call.Request.Acks = (short)options.Acks;
        call.Request.TimeoutMs = timeoutMs;
        try
        {
            foreach (var topic in batches.GroupBy(batch => batch.Partition.Topic))
            {
                var data = new ProduceRequest.TopicProduceData { Name = topic.Key, TopicId = metadata.Topic(topic.Key)?.Id ?? Uuid.Zero };
                foreach (var batch in topic)
                {
                    data.PartitionData.Add(new ProduceRequest.PartitionProduceData { Index = batch.Partition.Partition,
                        Records = new Records(call.Encode(batch, options.Compression)) });
                }

                call.Request.TopicData.Add(data);
            }

            return call;
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    public static Dictionary<TopicPartition, ProduceOutcome> Outcomes(ProduceResponse answer, ClusterMetadata metadata, short version)
    {
        const int FirstVersionWithIds = 13;
        var outcomes = new Dictionary<TopicPartition, ProduceOutcome>();
        foreach (var topic in answer.Responses)
        {
            var name = version < FirstVersionWithIds ? topic.Name : metadata.Topic(topic.TopicId)?.Name;
            if (name is null) continue;
            foreach (var p in topic.PartitionResponses)
            {
                outcomes[new TopicPartition(name, p.Index)] =
                    new ProduceOutcome(p.ErrorCode, Describe(p), new Offset(p.BaseOffset), p.LogAppendTimeMs, LeaderOf(p, answer));
            }
        }

        return outcomes;
    }

    public void Dispose()
    {
        foreach (var builder in _builders) builder.Dispose();
        _builders.Clear();
    }

    private ReadOnlyMemory<byte> Encode(ProducerBatch batch, CompressionType compression)
    {
        var builder = new BatchBuilder(
            new BatchOptions
            {
                Compression = compression,
                ProducerId = batch.Identity.Id,
                ProducerEpoch = batch.Identity.Epoch,
                BaseSequence = batch.BaseSequence,
            },
            batch.SizeBytes);
        _builders.Add(builder);
        foreach (var (record, timestamp, _, _) in batch.Records) builder.Append(timestamp, record.Key, record.Value, record.Headers);
        if (builder.TryBuild(out var bytes)) return bytes;
        throw new BrokerException(ErrorCode.UnsupportedCompressionType, Codec.For(compression)?.UnavailableBecause);
    }

    private static NewLeader? LeaderOf(ProduceResponse.PartitionProduceResponse p, ProduceResponse answer)
    {
        if (p.ErrorCode is not (ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch)) return null;
        var node = answer.NodeEndpoints.Find(n => n.NodeId == p.CurrentLeader.LeaderId);
        return new NewLeader(p.CurrentLeader.LeaderId, new LeaderEpoch(p.CurrentLeader.LeaderEpoch),
            node is null ? null : new BrokerNode(node.NodeId, node.Host, node.Port, node.Rack));
    }

    private static string? Describe(ProduceResponse.PartitionProduceResponse p)
    {
        if (p.RecordErrors.Count == 0) return p.ErrorMessage;
        var first = p.RecordErrors[0];
        return $"{p.ErrorMessage ?? p.ErrorCode.ProtocolName()} (record {first.BatchIndex} of the batch: {first.BatchIndexErrorMessage ?? "no reason given"})";
    }
}
