namespace Ottla.Metadata.Control;

/// <summary>What a request names more than once, and is therefore refused.</summary>
internal static class Repeated
{
    public static HashSet<T> Among<T>(IEnumerable<T> items, IEqualityComparer<T>? comparer = null)
    {
        var seen = new HashSet<T>(comparer);
        var repeated = new HashSet<T>(comparer);
        foreach (var item in items)
        {
            if (!seen.Add(item)) repeated.Add(item);
        }

        return repeated;
    }
}
