namespace Ottla.Client.Connections;

/// <summary>How this client introduces itself to brokers (KIP-511).</summary>
internal static class ClientSoftware
{
    public static string Version => typeof(ClientSoftware).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
