namespace Ottla.Broker.Cluster;

/// <summary>Work that nobody waits for: what it throws is a bug, and goes where bugs go instead of nowhere.</summary>
internal static class Unawaited
{
    public static void Watch(Task work, Action<Exception> fault)
    {
        if (!work.IsCompletedSuccessfully) _ = Observe(work, fault);
    }

    private static async Task Observe(Task work, Action<Exception> fault)
    {
        try
        {
            await work.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // the node stops
        }
#pragma warning disable CA1031 // the fault handler ends the process; nothing is swallowed
        catch (Exception exception)
#pragma warning restore CA1031
        {
            fault(exception);
        }
    }
}
