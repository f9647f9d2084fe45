using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster;

/// <summary>The cluster as this broker tells it to clients: the newest image whose partitions it has taken on.</summary>
/// <remarks>Published by one volatile write after the partitions of the image exist here, so whoever reads of a leader finds it leading.
/// Any thread reads.</remarks>
internal sealed class PublishedMetadata(string clusterId, BrokerId self)
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<TaskCompletionSource, long> _waiting = new();
    private volatile MetadataImage _image = MetadataImage.Empty;

    public string ClusterId => clusterId;

    public BrokerId Self => self;

    public MetadataImage Image => _image;

    /// <summary>Called by the one who has applied the image's partitions.</summary>
    public void Publish(MetadataImage image)
    {
        List<TaskCompletionSource>? reached = null;
        lock (_gate)
        {
            _image = image;
            while (_waiting.TryPeek(out var waiter, out var end) && end <= image.Provenance.EndOffset.Value)
            {
                _waiting.Dequeue();
                (reached ??= []).Add(waiter);
            }
        }

        foreach (var waiter in reached ?? []) waiter.SetResult();
    }

    /// <summary>Completes when all of the metadata log below is true here. Bounded by those who ask: each waits for its own request.</summary>
    public Task Reached(Offset end)
    {
        lock (_gate)
        {
            if (_image.Provenance.EndOffset >= end) return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(reached, end.Value);
            return reached.Task;
        }
    }

    /// <summary>Brokers that clients of a listener may talk to, with the address that is advertised on it.</summary>
    public IEnumerable<(BrokerRegistration Broker, NodeEndpoint Endpoint)> Brokers(string listener, bool includeFenced = false)
    {
        foreach (var broker in _image.Cluster.Brokers.Values)
        {
            if (broker.Fenced && !includeFenced) continue;
            if (broker.Endpoint(listener) is { } endpoint) yield return (broker, endpoint);
        }
    }
}
