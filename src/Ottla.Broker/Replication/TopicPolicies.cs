using Ottla.Broker.Cluster;
using Ottla.Configuration.Settings;
using Ottla.Metadata.Image;

namespace Ottla.Broker.Replication;

/// <summary>Works out what holds for a topic; topics without configs of their own share one policy, so ten thousand of them cost
/// one.</summary>
/// <remarks>Used by the loop that applies metadata, and at the start before it runs.</remarks>
internal sealed class TopicPolicies(DynamicSettings settings)
{
    private BrokerSettings? _defaultOf;
    private TopicPolicy? _default;

    public TopicPolicy For(string topic, MetadataImage image)
    {
        var own = image.Configs.Of(ConfigResource.Topic(topic));
        var current = settings.Current;
        if (own.Count > 0) return new TopicPolicy(current.ForTopic(own), current.Log.ProducerIdExpirationMs);
        if (_default is null || !ReferenceEquals(_defaultOf, current))
            (_defaultOf, _default) = (current, new TopicPolicy(current.TopicDefaults, current.Log.ProducerIdExpirationMs));
        return _default;
    }
}
