namespace Ottla.Configuration.Definitions;

/// <summary>Whether and where a config can be altered while the cluster runs (KIP-226).</summary>
public enum UpdateMode : byte
{
    /// <summary>Only in the properties file; needs a restart.</summary>
    ReadOnly,

    /// <summary>For one broker at a time.</summary>
    PerBroker,

    /// <summary>For one broker, or for all of them as a default.</summary>
    ClusterWide,
}
