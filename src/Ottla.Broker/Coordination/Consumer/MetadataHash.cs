using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Consumer;

/// <summary>A number that changes when a subscribed topic appears, goes, is made anew or grows: so that a group notices without keeping the topics.</summary>
/// <remarks>
/// 64-bit FNV-1a over id, name and partition count of each topic in the order of names; 0 for no topics. Kafka stores an XXH3 over the same facts (and racks): a group that
/// moves between the two computes one new assignment, which the assignors leave as it was.
/// </remarks>
internal static class MetadataHash
{
    private const ulong OffsetBasis = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static long Of(IEnumerable<string> topics, ITopicCatalog catalog)
    {
        ulong hash = OffsetBasis;
        var any = false;
        foreach (var name in topics.Order(StringComparer.Ordinal))
        {
            if (!catalog.TryGet(name, out var topic)) continue;
            any = true;
            Mix(ref hash, topic.Id.High);
            Mix(ref hash, topic.Id.Low);
            foreach (var c in topic.Name) hash = unchecked((hash ^ c) * Prime);
            Mix(ref hash, (ulong)topic.Partitions);
        }
        return any ? unchecked((long)hash) : 0;
    }

    private static void Mix(ref ulong hash, ulong value)
    {
        for (var i = 0; i < 64; i += 8) hash = unchecked((hash ^ (value >> i & 0xff)) * Prime);
    }
}
