using Ottla.Client.Clusters;
using Ottla.Client.Connections;
using Ottla.Network;
using Ottla.Network.Links;
using Ottla.Protocol.Primitives;

namespace Ottla.Client.Producing;

/// <summary>Records between those who hand them over and the loop that sends them.</summary>
/// <remarks>One lock guards the queues, the room that is left and those who wait for it. Deliveries are completed outside of the lock, and
/// their waiters run elsewhere.</remarks>
internal sealed class Accumulator(ProducerOptions options, NetworkPlatform platform)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TopicPartition, PartitionQueue> _queues = [];
    private readonly Partitioner _partitioner = new(options.BatchSizeBytes, platform.Random);
    private readonly Queue<(int Bytes, TaskCompletionSource Room)> _waiting = new();
    private readonly long _lingerTicks = (long)(options.LingerMs / 1000.0 * platform.Time.TimestampFrequency);
    private readonly long _deliveryTicks = (long)(options.DeliveryTimeoutMs / 1000.0 * platform.Time.TimestampFrequency);
    private TaskCompletionSource _wake = NewSignal();
    private TaskCompletionSource? _flushed;
    private int _room = options.BufferBytes;
    private int _unfinished;

    /// <summary>Done once there is something new to look at; a new one after each <see cref="Take"/>.</summary>
    public Task Wake
    {
        get
        {
            lock (_lock) return _wake.Task;
        }
    }

    /// <summary>A record waits to be sent or answered.</summary>
    public bool HasWork
    {
        get
        {
            lock (_lock) return _unfinished > 0;
        }
    }

    public async ValueTask<Task<Delivery>> Add(ProducerRecord record, TopicMetadata topic, int size, Deadline deadline,
        CancellationToken cancellation)
    {
        if (Reserve(size) is { } room)
        {
            try
            {
                await room.WaitAsync(deadline.Left, platform.Time, cancellation).ConfigureAwait(false);
            }
            catch (Exception late) when (late is TimeoutException or OperationCanceledException)
            {
                // the room may come later: then it is given back
                _ = room.ContinueWith(_ =>
                    Release(size), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
                if (late is OperationCanceledException) throw;
                throw new BrokerException(ErrorCode.RequestTimedOut,
                    $"Failed to allocate {size} bytes within the configured max blocking time {options.MaxBlockMs} ms.");
            }
        }

        var done = new TaskCompletionSource<Delivery>(TaskCreationOptions.RunContinuationsAsynchronously);
        var timestamp = record.TimestampMs ?? platform.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var partition = new TopicPartition(record.Topic, _partitioner.Choose(record, topic));
        lock (_lock)
        {
            if (!_queues.TryGetValue(partition, out var queue)) _queues[partition] = queue = new PartitionQueue(partition);
            var first = queue.IsEmpty;
            var ready = queue.Add(new PendingRecord(record, timestamp, size, done), options.BatchSizeBytes, platform.Time.GetTimestamp());
            _unfinished++;
            if (first || ready) _wake.TrySetResult();
        }

        return done.Task;
    }

    /// <summary>Takes the batches that are to go and whose partition's leader <paramref name="mayTake"/> accepts; gives the time until the
    /// next look.</summary>
    /// <param name="expired">Batches that waited longer than a delivery may take; they are out of the queue.</param>
    public List<ProducerBatch> Take(ProducerIdentity identity, Func<TopicPartition, int, bool> mayTake, List<ProducerBatch> expired,
        out TimeSpan next)
    {
        var taken = new List<ProducerBatch>();
        lock (_lock)
        {
            if (_wake.Task.IsCompleted) _wake = NewSignal();
            var now = platform.Time.GetTimestamp();
            var soonest = long.MaxValue;
            foreach (var queue in _queues.Values)
            {
                if (queue.InFlight || queue.First is not { } first) continue;
                if (now - first.CreatedAt >= _deliveryTicks)
                {
                    queue.Remove(first);
                    expired.Add(first);
                    soonest = now;
                }
                else if (!queue.IsReady(now, _lingerTicks, _flushed is not null))
                {
                    soonest = Math.Min(soonest, Math.Max(queue.NotBefore, first.Attempts > 0 ? 0 : first.CreatedAt + _lingerTicks));
                }
                else if (mayTake(queue.Partition, first.SizeBytes))
                {
                    taken.Add(queue.Take(identity));
                }
                else
                {
                    soonest = Math.Min(soonest, first.CreatedAt + _deliveryTicks);
                }
            }

            next = soonest == long.MaxValue ? Timeout.InfiniteTimeSpan
                : TimeSpan.FromSeconds(Math.Max(0, soonest - now) / (double)platform.Time.TimestampFrequency)
                    + TimeSpan.FromMilliseconds(1);
        }

        return taken;
    }

    /// <summary>Takes out all that waits, to be given up.</summary>
    public List<ProducerBatch> TakeAll()
    {
        var taken = new List<ProducerBatch>();
        lock (_lock)
        {
            foreach (var queue in _queues.Values)
            {
                taken.AddRange(queue.Batches);
                foreach (var batch in taken) queue.Remove(batch);
            }
        }

        return taken;
    }

    /// <summary>Puts a batch back that is to be sent again.</summary>
    public void PutBack(ProducerBatch batch, TimeSpan backoff, bool inHalves)
    {
        lock (_lock)
        {
            var queue = _queues[batch.Partition];
            queue.InFlight = false;
            if (inHalves) queue.PutBackInHalves(batch);
            else queue.PutBack(batch);
            queue.NotBefore = platform.Time.GetTimestamp() + (long)(backoff.TotalSeconds * platform.Time.TimestampFrequency);
            _wake.TrySetResult();
        }
    }

    /// <summary>A batch is written or given up: its room is free, its partition may send the next one.</summary>
    public void Finished(ProducerBatch batch)
    {
        lock (_lock)
        {
            if (batch.Attempts > 0) _queues[batch.Partition].InFlight = false;
            _unfinished -= batch.Records.Count;
            if (_unfinished == 0) _flushed?.TrySetResult();
            if (_unfinished == 0) _flushed = null;
            _wake.TrySetResult();
        }

        Release(batch.SizeBytes);
    }

    /// <summary>Hurries all that waits; done when nothing does.</summary>
    public Task Flush()
    {
        lock (_lock)
        {
            if (_unfinished == 0) return Task.CompletedTask;
            _flushed ??= NewSignal();
            _wake.TrySetResult();
            return _flushed.Task;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task? Reserve(int size)
    {
        lock (_lock)
        {
            if (_waiting.Count == 0 && (_room >= size || _room == options.BufferBytes))
            {
                _room -= size;
                return null;
            }

            // bounded by the callers: each waits for its turn and holds one record
            var room = NewSignal();
            _waiting.Enqueue((size, room));
            return room.Task;
        }
    }

    private void Release(int size)
    {
        lock (_lock)
        {
            _room += size;
            while (_waiting.TryPeek(out var next) && (_room >= next.Bytes || _room == options.BufferBytes))
            {
                _waiting.Dequeue();
                _room -= next.Bytes;
                next.Room.TrySetResult();
            }
        }
    }
}
