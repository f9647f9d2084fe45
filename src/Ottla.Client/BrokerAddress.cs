using System.Globalization;
using Ottla.Client.Settings;

namespace Ottla.Client;

/// <summary>Where a broker listens.</summary>
public readonly record struct BrokerAddress(string Host, int Port)
{
    /// <summary>Reads a list as `bootstrap.servers` has it: `host:port,[::1]:port`.</summary>
    /// <exception cref="SettingException">An entry is not HOST:PORT, or there is none.</exception>
    public static IReadOnlyList<BrokerAddress> ParseList(string text)
    {
        var addresses = new List<BrokerAddress>();
        foreach (var entry in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            addresses.Add(Parse(entry));
        if (addresses.Count == 0) throw new SettingException("bootstrap.servers is empty: give at least one broker as HOST:PORT");
        return addresses;
    }

    private static BrokerAddress Parse(string entry)
    {
        var colon = entry.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(entry.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > 65535)
            throw new SettingException($"Invalid url in bootstrap.servers: {entry} (expected HOST:PORT)");
        var host = entry[..colon];
        if (host.Contains("://", StringComparison.Ordinal)) host = host[(host.IndexOf("://", StringComparison.Ordinal) + 3)..];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        return new BrokerAddress(host, port);
    }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
