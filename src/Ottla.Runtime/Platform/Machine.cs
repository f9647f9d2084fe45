using System.Net;

namespace Ottla.Runtime.Platform;

/// <summary>What this machine gives that no two have alike.</summary>
public static class Machine
{
    public static string HostName => Dns.GetHostName();

    /// <summary>Chance that nobody foresees: for the composition root, which hands it down.</summary>
    public static Random NewRandom() => new();
}
