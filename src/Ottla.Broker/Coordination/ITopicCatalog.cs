using System.Diagnostics.CodeAnalysis;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination;

/// <summary>The topics of the newest metadata image. Thread-safe; two calls may see two images.</summary>
public interface ITopicCatalog
{
    bool TryGet(string name, [NotNullWhen(true)] out TopicInfo? topic);

    bool TryGet(Uuid id, [NotNullWhen(true)] out TopicInfo? topic);

    /// <summary>Names of all topics, for subscriptions by regular expression.</summary>
    IEnumerable<string> Names { get; }

    /// <summary>Offset in the metadata log of the image with which the topics changed last.</summary>
    long Version { get; }
}

/// <summary>A topic that exists.</summary>
/// <param name="Racks">By partition: the racks of the brokers that have a replica of it. Null: no broker has a rack.</param>
public sealed record TopicInfo(Uuid Id, string Name, int Partitions, IReadOnlyList<IReadOnlyList<string>>? Racks = null);
