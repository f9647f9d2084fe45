using Ottla.Client.Clusters;
using Ottla.Client.Connections;
using Ottla.Network;
using Ottla.Network.Links;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Producing;

/// <summary>Sends records to topics in batches.</summary>
/// <remarks>
/// Any thread may call. Records wait in queues per partition under one lock; one loop (<see cref="Sender"/>) takes what is ready and sends
/// it, and completes the deliveries. Memory: at most <see cref="ProducerOptions.BufferBytes"/> of records wait; then <see cref="Enqueue"/>
/// does.
/// Order: records of one partition are written in the order in which their calls of <see cref="Enqueue"/> returned.
/// Failure: a delivery that failed throws <see cref="BrokerException"/> where it is awaited; errors that may pass were retried until
/// <see cref="ProducerOptions.DeliveryTimeoutMs"/> or <see cref="ProducerOptions.Retries"/> ran out.
/// </remarks>
public sealed class Producer : IAsyncDisposable
{
    private readonly Cluster _cluster;
    private readonly ProducerOptions _options;
    private readonly NetworkPlatform _platform;
    private readonly Accumulator _accumulator;
    private readonly Sender _sender;
    private readonly Task _sending;
    private readonly CancellationTokenSource _closed = new();

    public Producer(ClientOptions client, ProducerOptions options, NetworkPlatform platform)
    {
        _cluster = new Cluster(client, platform);
        _options = options;
        _platform = platform;
        _accumulator = new Accumulator(options, platform);
        _sender = new Sender(_cluster, options, _accumulator);
        _sending = _sender.Run(_closed.Token);
    }

    /// <summary>Sends a record and waits until it is written.</summary>
    /// <exception cref="BrokerException">It is not, and will not be. (After a time-out it may have been.)</exception>
    public async Task<Delivery> Send(ProducerRecord record, CancellationToken cancellation = default)
    {
        var delivery = await Enqueue(record, cancellation).ConfigureAwait(false);
        return await delivery.ConfigureAwait(false);
    }

    /// <summary>Hands a record over and goes on: the outer task is done once the record has its place in a batch, the inner one once it is
    /// written.</summary>
    /// <remarks>The outer task waits only for a topic that is not known yet and for room, together at most <see
    /// cref="ProducerOptions.MaxBlockMs"/>.</remarks>
    /// <exception cref="BrokerException">There is no such topic or partition, the record is too large, or no room came in time.</exception>
    public async ValueTask<Task<Delivery>> Enqueue(ProducerRecord record, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_closed.IsCancellationRequested, this);
        if (_sender.Broken is { } broken) throw broken;
        var size = record.SizeBytes;
        if (size > _options.MaxRequestSizeBytes)
            throw new BrokerException(ErrorCode.MessageTooLarge,
                $"The message is {size} bytes when serialized which is larger than {_options.MaxRequestSizeBytes}, which is the value of "
                + $"the max.request.size configuration.");
        var deadline = Deadline.In(_platform.Time, _options.MaxBlockMs);
        var topic = _cluster.Metadata.Topic(record.Topic) ?? await Find(record.Topic, deadline, cancellation).ConfigureAwait(false);
        if (record.Partition is { } partition && topic.Partition(partition) is null)
            throw new BrokerException(ErrorCode.UnknownTopicOrPartition,
                $"Topic {record.Topic} has no partition {partition}; it has {topic.Partitions.Count}");
        return await _accumulator.Add(record, topic, size, deadline, cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends what waits without lingering, and waits until all of it is written or failed.</summary>
    public Task Flush(CancellationToken cancellation = default) => _accumulator.Flush().WaitAsync(cancellation);

    /// <summary>Sends what waits, then closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closed.IsCancellationRequested) return;
        await _accumulator.Flush().ConfigureAwait(false);
        await _closed.CancelAsync().ConfigureAwait(false);
        try
        {
            await _sending.ConfigureAwait(false);
        }
        finally
        {
            _cluster.Dispose();
            _closed.Dispose();
        }
    }

    private async Task<TopicMetadata> Find(string name, Deadline deadline, CancellationToken cancellation)
    {
        string[] names = [name];
        for (var failures = 1; ; failures++)
        {
            try
            {
                var metadata = await _cluster.Refresh(names, autoCreate: true, cancellation).WaitAsync(deadline.Left, _platform.Time,
                    cancellation).ConfigureAwait(false);
                if (metadata.Topic(name) is { Partitions.Count: > 0 } topic) return topic;
                var error = metadata.Topics.TryGetValue(name, out var found) ? found.Error : ErrorCode.UnknownTopicOrPartition;
                if (error == ErrorCode.InvalidTopicException) throw new BrokerException(error, $"Invalid topics: [{name}]");
                if (error != ErrorCode.None && !error.IsRetriable())
                    throw new BrokerException(error, $"Topic {name}: {error.ProtocolName()}");
            }
            catch (BrokerException unreachable) when (unreachable.Code.IsRetriable())
            {
                // the next try may reach a broker
            }
            catch (TimeoutException)
            {
                // the deadline says so below
            }

            if (deadline.Passed)
                throw new BrokerException(ErrorCode.RequestTimedOut,
                    $"Topic {name} not present in metadata after {_options.MaxBlockMs} ms.");
            var options = _cluster.Options;
            await deadline.Pause(Backoff.After(failures, options.RetryBackoffMs, options.RetryBackoffMaxMs, _platform.Random),
                cancellation).ConfigureAwait(false);
        }
    }
}
