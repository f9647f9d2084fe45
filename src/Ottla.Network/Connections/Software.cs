namespace Ottla.Network.Connections;

/// <summary>How this program introduces itself to peers (KIP-511).</summary>
public static class Software
{
    public static string Version { get; } = typeof(Software).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
