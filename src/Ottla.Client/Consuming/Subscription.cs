namespace Ottla.Client.Consuming;

/// <summary>Which topics a consumer reads: named ones, or those that a rule picks from all that there are.</summary>
internal sealed class Subscription(IReadOnlyList<string>? names, Func<string, bool>? rule)
{
    public bool IsRule => rule is not null;

    /// <summary>What metadata to ask for; null is all topics.</summary>
    public IReadOnlyList<string>? Names => names;

    public IReadOnlyList<string> Pick(Clusters.ClusterMetadata metadata, bool excludeInternal)
    {
        if (names is not null) return names;
        return [.. metadata.Topics.Values.Where(t => t.Error == 0 && !(excludeInternal && t.IsInternal) && rule!(t.Name)).Select(t =>
            t.Name).Order(StringComparer.Ordinal)];
    }
}
