namespace Ottla.Configuration.Settings;

/// <summary>What a listener speaks; the number is that of the metadata records.</summary>
public enum SecurityProtocol : short
{
    Plaintext = 0,
    Ssl = 1,
    SaslPlaintext = 2,
    SaslSsl = 3,
}

/// <summary>An address whose protocol is not known yet.</summary>
internal sealed record ParsedAddress(string Name, string Host, int Port);

/// <summary>An address on which the node listens, or that it tells others.</summary>
/// <param name="Name">Upper case, unique on the node.</param>
/// <param name="Host">Without brackets. Empty: all addresses; in an advertised listener the caller puts the machine's own name
/// there.</param>
/// <param name="Port">0 lets the system choose; an advertised listener with 0 takes the port that was bound.</param>
public sealed record ListenerAddress(string Name, string Host, int Port, SecurityProtocol Protocol)
{
    public override string ToString() => $"{Name}://{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}";
}
