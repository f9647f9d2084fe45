using System.Runtime.ExceptionServices;

namespace Ottla.Runtime.Platform;

/// <summary>Work on many like things that may block, a few of them at a time.</summary>
public static class Workers
{
    /// <summary>Does it for 0 to <paramref name="count"/> - 1 and waits for all. The first fault is thrown as it is, when those that are at work have
    /// ended.</summary>
    public static void For(int count, int atOnce, Action<int> work)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, work);
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.Flatten().InnerExceptions[0]);
        }
    }
}
