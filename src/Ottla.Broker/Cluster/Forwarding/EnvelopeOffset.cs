using System.Buffers.Binary;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Cluster.Forwarding;

/// <summary>How far the metadata were committed when a controller answered an Envelope: a tagged field that only Ottla knows.</summary>
/// <remarks>So the broker that forwarded a request can answer once it has acted on what the request changed. Apache Kafka neither sends nor
/// heeds it.</remarks>
internal static class EnvelopeOffset
{
    /// <summary>Far above the tags that Kafka gives, which count from 0.</summary>
    public const int Tag = 10_001;

    public static List<UnknownTag> Write(Offset end)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, end.Value);
        return [new UnknownTag(Tag, bytes)];
    }

    /// <summary>Null where the controller does not tell.</summary>
    public static Offset? Read(IReadOnlyList<UnknownTag>? tags)
    {
        foreach (var tag in tags ?? [])
        {
            if (tag.Tag == Tag && tag.Data.Length == sizeof(long)) return new Offset(BinaryPrimitives.ReadInt64BigEndian(tag.Data.Span));
        }

        return null;
    }
}
