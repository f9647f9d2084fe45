using System.Diagnostics.CodeAnalysis;
using Ottla.Broker.Coordination;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Coordination;

/// <summary>Topics that a test has made.</summary>
internal sealed class Topics : ITopicCatalog
{
    private readonly Dictionary<string, TopicInfo> _topics = [];

    public IEnumerable<string> Names => _topics.Keys;

    public long Version { get; private set; }

    public TopicInfo Add(string name, int partitions)
    {
        Version++;
        var id = _topics.TryGetValue(name, out var known) ? known.Id : new Uuid(7, (ulong)Version);
        return _topics[name] = new TopicInfo(id, name, partitions);
    }

    public void Remove(string name)
    {
        Version++;
        _topics.Remove(name);
    }

    public bool TryGet(string name, [NotNullWhen(true)] out TopicInfo? topic) => _topics.TryGetValue(name, out topic);

    public bool TryGet(Uuid id, [NotNullWhen(true)] out TopicInfo? topic)
    {
        topic = _topics.Values.FirstOrDefault(t => t.Id == id);
        return topic is not null;
    }
}
