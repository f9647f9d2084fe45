namespace Ottla.Configuration.Catalogs;

/// <summary>
/// Configs of one listener: `listener.name.NAME.ssl.keystore.location`, and with a SASL mechanism between name and config.
/// </summary>
public static class ListenerConfigs
{
    public const string Prefix = "listener.name.";

    private static readonly string[] OfMechanisms =
    [
        "sasl.jaas.config", "sasl.login.callback.handler.class", "sasl.login.class", "sasl.server.callback.handler.class",
        "connections.max.reauth.ms", "sasl.server.max.receive.size",
    ];

    /// <summary>The config without its listener; the name itself when it is no listener's.</summary>
    public static string BaseNameOf(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal)) return name;
        var dot = name.IndexOf('.', Prefix.Length);
        if (dot < 0 || dot + 1 == name.Length) return name;
        var rest = name[(dot + 1)..];
        foreach (var config in OfMechanisms)
        {
            if (rest.EndsWith(config, StringComparison.Ordinal)) return config;
        }

        return rest;
    }
}
