namespace Ottla.Runtime.Loops;

/// <summary>A fault in one line: what it is, what brought it about, and where it was thrown.</summary>
public static class FaultText
{
    /// <summary>The frames that tell which step it was; the rest is always the same.</summary>
    private const int FramesMax = 4;

    private const int CausesMax = 5;

    public static string Of(Exception fault)
    {
        var causes = new List<string>();
        Add(causes, fault);
        var frames = (fault.StackTrace ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(FramesMax);
        return string.Join(" | ", causes.Concat(frames));
    }

    /// <summary>An aggregate says nothing itself: those that it holds do.</summary>
    private static void Add(List<string> causes, Exception fault)
    {
        if (causes.Count >= CausesMax) return;
        if (fault is AggregateException aggregate)
        {
            foreach (var inner in aggregate.InnerExceptions) Add(causes, inner);
            return;
        }

        causes.Add($"{fault.Message.ReplaceLineEndings(" ")} ({fault.GetType().Name})");
        if (fault.InnerException is { } cause) Add(causes, cause);
    }
}
