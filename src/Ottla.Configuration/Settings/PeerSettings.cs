namespace Ottla.Configuration.Settings;

/// <summary>This node's connections to others.</summary>
public sealed class PeerSettings
{
    internal PeerSettings(ConfigReader reader)
    {
        RequestTimeoutMs = reader.Int("request.timeout.ms");
        ControllerSocketTimeoutMs = reader.Int("controller.socket.timeout.ms");
        SetupTimeoutMs = reader.Long("socket.connection.setup.timeout.ms");
        SetupTimeoutMaxMs = reader.Long("socket.connection.setup.timeout.max.ms");
    }

    public int RequestTimeoutMs { get; }

    /// <summary>How long a broker waits for an answer of the controller.</summary>
    public int ControllerSocketTimeoutMs { get; }

    /// <summary>Of the first attempt to connect; each that fails makes the next one longer.</summary>
    public long SetupTimeoutMs { get; }

    public long SetupTimeoutMaxMs { get; }
}
