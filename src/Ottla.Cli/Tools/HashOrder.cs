using System.Numerics;

namespace Ottla.Cli.Tools;

/// <summary>The order in which Apache Kafka's tool describes topics: that of a Java hash table of their names.</summary>
/// <remarks>It means nothing; but whoever compares the outputs of both tools, line by line, sees no difference. Lists (--list) are
/// sorted.</remarks>
internal static class HashOrder
{
    /// <summary>A Java table grows when more than three quarters of its buckets' number are in it.</summary>
    private const double Load = 0.75;

    public static List<T> Of<T>(IReadOnlyCollection<T> items, Func<T, string> name)
    {
        var buckets = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, items.Count));
        if (items.Count > buckets * Load) buckets *= 2;
        return [.. items.OrderBy(item => Bucket(name(item), buckets))];
    }

    private static int Bucket(string name, int buckets)
    {
        var hash = 0u;
        foreach (var letter in name) hash = (31 * hash) + letter;
        return (int)((hash ^ hash >> 16) & (uint)(buckets - 1));
    }
}
