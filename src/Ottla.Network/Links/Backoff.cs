namespace Ottla.Network.Links;

/// <summary>
/// How long to wait before the next try: doubles with each, up to a bound, give or take a fifth so that not all come at once (KIP-580).
/// </summary>
public static class Backoff
{
    /// <summary>Beyond this many doublings any start has reached any bound.</summary>
    private const int DoublingsMax = 20;

    private const double Jitter = 0.2;

    /// <param name="failures">Tries that failed so far, from 1.</param>
    public static TimeSpan After(int failures, int firstMs, int maxMs, Random random)
    {
        var ms = Math.Min(maxMs, firstMs * Math.Pow(2, Math.Min(failures - 1, DoublingsMax)));
        double chance;
        lock (random) chance = random.NextDouble();
        return TimeSpan.FromMilliseconds(ms * (1 - Jitter + (2 * Jitter * chance)));
    }
}
