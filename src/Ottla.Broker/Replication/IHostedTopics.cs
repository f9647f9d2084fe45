using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>Looks up what is hosted here. Any thread.</summary>
internal interface IHostedTopics
{
    HostedTopic? Find(string topic);

    HostedTopic? Find(Uuid topicId);
}
