using System.Globalization;
using Ottla.Network;

namespace Ottla.Client.Settings;

/// <summary>The brokers that a client is told of: `host:port,[::1]:port`.</summary>
public static class BootstrapServers
{
    /// <exception cref="SettingException">An entry is not HOST:PORT, or there is none.</exception>
    public static IReadOnlyList<NodeAddress> Parse(string text)
    {
        var addresses = new List<NodeAddress>();
        foreach (var entry in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            addresses.Add(ParseOne(entry));
        if (addresses.Count == 0) throw new SettingException("bootstrap.servers is empty: give at least one broker as HOST:PORT");
        return addresses;
    }

    private static NodeAddress ParseOne(string entry)
    {
        var colon = entry.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(entry.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > 65535)
            throw new SettingException($"Invalid url in bootstrap.servers: {entry} (expected HOST:PORT)");
        var host = entry[..colon];
        if (host.Contains("://", StringComparison.Ordinal)) host = host[(host.IndexOf("://", StringComparison.Ordinal) + 3)..];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        return new NodeAddress(host, port);
    }
}
