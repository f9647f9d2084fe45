using Ottla.Broker.Coordination;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Net;

/// <summary>Who asks, how, and until when: what a handler knows of the connection that a request came by.</summary>
/// <remarks>One object a connection, reused: a connection has one request at work at a time (as Kafka's has), so nobody may keep it beyond
/// the answer.</remarks>
internal sealed class RequestContext
{
    public required string ListenerName { get; init; }

    public required string ClientHost { get; init; }

    /// <summary>Cancelled when the node stops: whoever waits for more answers with what there is.</summary>
    public required CancellationToken Stopping { get; init; }

    public Principal Principal { get; set; } = Principal.Anonymous;

    public ApiKey ApiKey { get; set; }

    public short ApiVersion { get; set; }

    public string? ClientId { get; set; }

    /// <summary>What the group coordinator wants to know of it; a host is written with a slash before it, as Java prints addresses and
    /// tools show them.</summary>
    public GroupRequestContext ForGroups() => new(ClientId ?? "", "/" + ClientHost, ApiVersion);
}

/// <summary>Who is at the other end (KIP-11): `User:ANONYMOUS` on a listener without authentication.</summary>
internal sealed record Principal(string Type, string Name)
{
    public static readonly Principal Anonymous = new("User", "ANONYMOUS");

    public override string ToString() => $"{Type}:{Name}";
}
