using Ottla.Client.Clusters;
using Ottla.Client.Connections;
using Ottla.Network;
using Ottla.Network.Links;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Producing;

/// <summary>The loop that takes batches out of the <see cref="Accumulator"/> and brings them to the partitions' leaders.</summary>
/// <remarks>
/// One loop a producer; it never waits for an answer: each request goes on by itself and is bounded by
/// <see cref="ProducerOptions.MaxInFlightPerBroker"/>.
/// An error that may pass puts the batch back; one that says that the leader is another asks for metadata first, unless the answer names
/// the new leader: then the batch goes there at once (KIP-951). After a batch is given up whose outcome nobody knows, an idempotent
/// producer takes a new identity: the next sequence would not fit to the old one.
/// What nobody expects fails the batches that it met, and with the loop itself all that wait: nobody waits for a delivery in vain.
/// </remarks>
internal sealed class Sender(Cluster cluster, ProducerOptions options, Accumulator accumulator)
{
    private readonly Dictionary<int, int> _inFlight = [];
    private readonly NetworkPlatform _platform = cluster.Platform;
    private ProducerIdentity _identity = ProducerIdentity.None;
    private BrokerException? _noIdentity;
    private volatile BrokerException? _broken;
    private volatile bool _identityNeeded = options.Idempotent;
    private volatile Task _refresh = Task.CompletedTask;

    /// <summary>Why nothing is sent any more; null as long as it is.</summary>
    public BrokerException? Broken => _broken;

    public async Task Run(CancellationToken closed)
    {
        try
        {
            await SendAll(closed).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // told to all whose records wait
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _broken = new BrokerException(ErrorCode.UnknownServerError, $"The producer failed inside: {fault.Message}", fault);
            foreach (var batch in accumulator.TakeAll()) GiveUp(batch, _broken);
            throw;
        }
    }

    private async Task SendAll(CancellationToken closed)
    {
        while (!closed.IsCancellationRequested)
        {
            var wake = accumulator.Wake;
            var next = await Turn(closed).ConfigureAwait(false);
            try
            {
                await wake.WaitAsync(next, _platform.Time, closed).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // a batch has lingered for long enough, or a backoff is over
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
    }

    /// <summary>Sends all that can go now; returns how long to wait for the next look unless something wakes us.</summary>
    private async Task<TimeSpan> Turn(CancellationToken closed)
    {
        if (_identityNeeded && accumulator.HasWork) await Identify(closed).ConfigureAwait(false);
        var metadata = cluster.Metadata;
        var bytes = new Dictionary<int, int>();
        var leaderless = new HashSet<string>();
        var expired = new List<ProducerBatch>();
        var batches = accumulator.Take(_identity, MayTake, expired, out var next);
        foreach (var batch in expired) Expire(batch);
        if (leaderless.Count > 0 && _refresh.IsCompleted)
        {
            _refresh = Refresh(leaderless, closed);
            next = Sooner(next, TimeSpan.FromMilliseconds(cluster.Options.RetryBackoffMs));
        }
        else if (leaderless.Count > 0)
        {
            next = Sooner(next, TimeSpan.FromMilliseconds(cluster.Options.RetryBackoffMs));
        }

        foreach (var group in batches.GroupBy(batch => metadata.Partition(batch.Partition)!.Leader)) Start(group.Key, [.. group], closed);
        return next;

        bool MayTake(TopicPartition partition, int size)
        {
            if (_identityNeeded) return false;
            if (metadata.Partition(partition) is not { HasLeader: true } found)
            {
                leaderless.Add(partition.Topic);
                return false;
            }

            lock (_inFlight)
            {
                if (_inFlight.GetValueOrDefault(found.Leader) >= options.MaxInFlightPerBroker) return false;
            }

            var sum = bytes.GetValueOrDefault(found.Leader) + size;
            if (sum > options.MaxRequestSizeBytes && sum != size) return false;
            bytes[found.Leader] = sum;
            return true;
        }
    }

    private void Start(int leader, List<ProducerBatch> batches, CancellationToken closed)
    {
        lock (_inFlight) _inFlight[leader] = _inFlight.GetValueOrDefault(leader) + 1;
        _ = Deliver(leader, batches, closed);
    }

    private async Task Deliver(int leader, List<ProducerBatch> batches, CancellationToken closed)
    {
        var before = cluster.Metadata;
        try
        {
            var outcomes = await Exchange(leader, batches, closed).ConfigureAwait(false);
            if (outcomes is not null) Settle(batches, outcomes, before);
            else foreach (var batch in batches) Succeed(batch, Offset.None, -1);
        }
        catch (BrokerException failed)
        {
            foreach (var batch in batches) Failed(batch, failed);
        }
        catch (OperationCanceledException)
        {
            foreach (var batch in batches) GiveUp(batch, new BrokerException(ErrorCode.NetworkException, "The producer was closed"));
        }
#pragma warning disable CA1031 // told to all whose records are in these batches
        catch (Exception fault)
#pragma warning restore CA1031
        {
            var why = new BrokerException(ErrorCode.UnknownServerError, $"The producer failed inside: {fault.Message}", fault);
            foreach (var batch in batches) GiveUp(batch, why);
        }
    }

    /// <summary>One request and its answer; null where none is asked for. The broker has room for the next request before anybody hears of
    /// the outcome.</summary>
    private async Task<Dictionary<TopicPartition,
        ProduceOutcome>?> Exchange(int leader, List<ProducerBatch> batches, CancellationToken closed)
    {
        try
        {
            var connection = await cluster.Node(leader, Purpose.Data, closed).ConfigureAwait(false);
            var version = connection.VersionOf(Apis.Produce);
            using var call = ProduceCall.Encode(batches, cluster.Metadata, options, cluster.Options.RequestTimeoutMs);
            if (options.Acks != Acks.None)
                return ProduceCall.Outcomes(await connection.Ask(Apis.Produce, call.Request, closed).ConfigureAwait(false), cluster.Metadata,
                    version);
            await connection.Tell(Apis.Produce, call.Request, closed).ConfigureAwait(false);
            return null;
        }
        finally
        {
            lock (_inFlight) _inFlight[leader]--;
        }
    }

    /// <param name="before">What was known of the leaders when the batches went out.</param>
    private void Settle(List<ProducerBatch> batches, Dictionary<TopicPartition, ProduceOutcome> outcomes, ClusterMetadata before)
    {
        foreach (var batch in batches)
        {
            if (!outcomes.TryGetValue(batch.Partition, out var outcome))
                Failed(batch, new BrokerException(ErrorCode.UnknownServerError, "The broker's answer leaves the partition out"));
            else if (outcome.Error == ErrorCode.None) Succeed(batch, outcome.BaseOffset, outcome.LogAppendTimeMs);
            else if (outcome.Error == ErrorCode.DuplicateSequenceNumber) Succeed(batch, Offset.None, -1);
            else if ((outcome.Error is ErrorCode.MessageTooLarge or ErrorCode.RecordListTooLarge) && batch.Records.Count > 1)
                accumulator.PutBack(batch, TimeSpan.Zero, inHalves: true);
            else if (outcome.Leader is { } leader && MovedTo(leader, batch.Partition, before) && MayRetry(batch))
                accumulator.PutBack(batch, TimeSpan.Zero, inHalves: false);
            else Failed(batch, new BrokerException(outcome.Error, outcome.Message));
        }
    }

    private void Succeed(ProducerBatch batch, Offset first, long appendTimeMs)
    {
        for (var i = 0; i < batch.Records.Count; i++)
        {
            var record = batch.Records[i];
            var offset = first == Offset.None ? first : first + i;
            record.Done.TrySetResult(new Delivery(batch.Partition.Topic, batch.Partition.Partition, offset, appendTimeMs >= 0 ? appendTimeMs
                : record.TimestampMs));
        }

        accumulator.Finished(batch);
    }

    /// <summary>Whether a newer leader is known than the one that was asked. Each such retry takes a newer epoch, so they come to an
    /// end.</summary>
    private bool MovedTo(NewLeader leader, TopicPartition partition, ClusterMetadata before)
    {
        cluster.Learn(partition, leader);
        return cluster.Metadata.Partition(partition) is { HasLeader: true } now
            && before.Partition(partition) is { } then && now.LeaderEpoch > then.LeaderEpoch;
    }

    private bool MayRetry(ProducerBatch batch) => batch.Attempts <= (long)options.Retries
        && _platform.Time.GetElapsedTime(batch.CreatedAt).TotalMilliseconds < options.DeliveryTimeoutMs;

    private void Failed(ProducerBatch batch, BrokerException why)
    {
        if (!why.Code.IsRetriable() || !MayRetry(batch))
        {
            GiveUp(batch, why);
            return;
        }

        if (StaleMetadata(why.Code) && _refresh.IsCompleted) _refresh = Refresh([batch.Partition.Topic], CancellationToken.None);
        var backoff = Backoff.After(batch.Attempts, cluster.Options.RetryBackoffMs, cluster.Options.RetryBackoffMaxMs, _platform.Random);
        accumulator.PutBack(batch, backoff, inHalves: false);
    }

    private void GiveUp(ProducerBatch batch, BrokerException why)
    {
        if (options.Idempotent) _identityNeeded = true;
        foreach (var record in batch.Records) record.Done.TrySetException(why);
        accumulator.Finished(batch);
    }

    private void Expire(ProducerBatch batch)
    {
        var why = _noIdentity ?? new BrokerException(
            ErrorCode.RequestTimedOut,
                $"Expiring {batch.Records.Count} record(s) for {batch.Partition}: {options.DeliveryTimeoutMs} ms has passed since batch "
                + $"creation");
        GiveUp(batch, why);
    }

    private async Task Identify(CancellationToken closed)
    {
        try
        {
            var connection = await cluster.Any(closed).ConfigureAwait(false);
            var answer = await connection.Ask(Apis.InitProducerId,
                new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = int.MaxValue }, closed).ConfigureAwait(false);
            BrokerException.ThrowIf(answer.ErrorCode);
            _identity = new ProducerIdentity(new ProducerId(answer.ProducerId), answer.ProducerEpoch);
            _identityNeeded = false;
            _noIdentity = null;
        }
        catch (BrokerException refused)
        {
            _noIdentity = refused;
            if (!refused.Code.IsRetriable())
            {
                foreach (var batch in accumulator.TakeAll()) GiveUp(batch, refused);
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(cluster.Options.RetryBackoffMs), _platform.Time,
                closed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (OperationCanceledException)
        {
            // closing
        }
    }

    private async Task Refresh(IReadOnlyCollection<string> topics, CancellationToken closed)
    {
        try
        {
            await cluster.Refresh(topics, autoCreate: true, closed).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is BrokerException or OperationCanceledException or ObjectDisposedException)
        {
            // the batch is still there, and so is the need: the next turn asks again
        }
    }

    private static TimeSpan Sooner(TimeSpan next, TimeSpan other) => next == Timeout.InfiniteTimeSpan || other < next ? other : next;

    private static bool StaleMetadata(ErrorCode code) =>
        code is ErrorCode.NotLeaderOrFollower or ErrorCode.LeaderNotAvailable or ErrorCode.UnknownTopicOrPartition
        or ErrorCode.UnknownTopicId or ErrorCode.InconsistentTopicId or ErrorCode.NetworkException or ErrorCode.KafkaStorageError
            or ErrorCode.ReplicaNotAvailable
        or ErrorCode.FencedLeaderEpoch or ErrorCode.BrokerNotAvailable;
}
