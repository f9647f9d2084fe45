namespace Ottla.Runtime.Platform;

/// <summary>The memory that this process holds.</summary>
public static class ProcessMemory
{
    /// <summary>Collects all that nobody needs and gives its pages back to the system. It stops the process for as long as its live objects take to
    /// be gone through, some 100 ms for 100,000 partitions: for after the storm.</summary>
    public static void GiveBack() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
}
