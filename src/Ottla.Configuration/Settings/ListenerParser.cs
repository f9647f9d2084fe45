using System.Globalization;

namespace Ottla.Configuration.Settings;

/// <summary>
/// Reads `NAME://HOST:PORT` lists and `NAME:PROTOCOL` maps. A text that does not fit is answered with a reason, never an exception.
/// </summary>
internal static class ListenerParser
{
    /// <summary>One listener without its protocol; null when the text is none.</summary>
    public static ParsedAddress? ParseEndpoint(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var colon = text.LastIndexOf(':');
        if (scheme < 1 || colon < scheme + 3) return null;
        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return null;
        if (port > ushort.MaxValue) return null;

        // an IPv6 address may stand in brackets or without them, and the port is what follows the last colon
        var host = text[(scheme + 3)..colon];
        if (host.StartsWith('[')) host = host[1..];
        if (host.EndsWith(']')) host = host[..^1];
        if (host.Contains(':') && !System.Net.IPAddress.TryParse(host, out _)) return null;
        foreach (var letter in host)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '%' or '.' or '_' or ':')) return null;
        }

        return new ParsedAddress(text[..scheme].ToUpperInvariant(), host, port);
    }

    /// <summary>All listeners of a list, or what is wrong with it.</summary>
    public static IReadOnlyList<ListenerAddress> ParseList(
        IReadOnlyList<string> items, ProtocolMap protocols, bool distinctPorts, out string? reason)
    {
        var listeners = new List<ListenerAddress>();
        reason = null;
        foreach (var item in items)
        {
            if (ParseEndpoint(item) is not var (name, host, port))
            {
                reason = $"{(item.Length == 0 ? "an empty item" : item)} is not NAME://HOST:PORT";
                return [];
            }

            if (protocols.Find(name) is not { } protocol)
            {
                reason = $"listener.security.protocol.map names no security protocol for listener {name}";
                return [];
            }

            var listener = new ListenerAddress(name, host, port, protocol);
            reason = ClashOf(listener, listeners, distinctPorts);
            if (reason is not null) return [];
            listeners.Add(listener);
        }

        return listeners;
    }

    private static string? ClashOf(ListenerAddress listener, List<ListenerAddress> others, bool distinctPorts)
    {
        foreach (var other in others)
        {
            if (other.Name == listener.Name) return $"each listener must have a different name, and {listener.Name} is there twice";
            var samePort = distinctPorts && other.Port == listener.Port && listener.Port != 0;
            if (samePort && !AreOfTwoFamilies(other.Host, listener.Host))
                return $"each listener must have a different port, and {other.Name} and {listener.Name} both have {listener.Port}";
        }

        return null;
    }

    // An IPv4 and an IPv6 address may share a port: that is how a dual-stack node is set up.
    private static bool AreOfTwoFamilies(string left, string right) =>
        left.Length > 0 && right.Length > 0 && IsAddress(left) && IsAddress(right) && left.Contains(':') != right.Contains(':');

    private static bool IsAddress(string host) => host.Contains(':') || System.Net.IPAddress.TryParse(host, out _);

    /// <summary>`NAME:PROTOCOL,...`, or null and a reason.</summary>
    public static ProtocolMap? ParseMap(string text, out string? reason)
    {
        var map = new ProtocolMap();
        reason = null;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = part.LastIndexOf(':');
            if (colon < 1 || ProtocolOf(part[(colon + 1)..].Trim()) is not { } protocol)
                reason = $"{part} is not NAME:PROTOCOL, where PROTOCOL is one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL";
            else if (!map.TryAdd(part[..colon].Trim().ToUpperInvariant(), protocol))
                reason = $"listener {part[..colon]} is there twice";
            if (reason is not null) return null;
        }

        return map;
    }

    public static SecurityProtocol? ProtocolOf(string text) => text switch
    {
        "PLAINTEXT" => SecurityProtocol.Plaintext,
        "SSL" => SecurityProtocol.Ssl,
        "SASL_PLAINTEXT" => SecurityProtocol.SaslPlaintext,
        "SASL_SSL" => SecurityProtocol.SaslSsl,
        _ => null,
    };

    public static string NameOf(SecurityProtocol protocol) => protocol switch
    {
        SecurityProtocol.Plaintext => "PLAINTEXT",
        SecurityProtocol.Ssl => "SSL",
        SecurityProtocol.SaslPlaintext => "SASL_PLAINTEXT",
        _ => "SASL_SSL",
    };
}
