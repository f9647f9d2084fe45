using Ottla.Broker.Coordination.Consumer.Patterns;

namespace Ottla.Broker.Coordination.Consumer;

/// <summary>Which topics a member's pattern stands for.</summary>
internal static class TopicRegex
{
    public static ResolvedRegex Resolve(TopicPattern pattern, ITopicCatalog topics, long nowMs)
    {
        var version = topics.Version;
        List<string> matched = [.. topics.Names.Where(pattern.Matches)];
        matched.Sort(StringComparer.Ordinal);
        return new ResolvedRegex(matched, version, nowMs);
    }
}
