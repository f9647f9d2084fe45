using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Hostile;

/// <summary>A request that reads well and asks for what nobody honest asks.</summary>
/// <param name="What">Which field has which value, for the report.</param>
internal sealed record HostileRequest(ApiKey Key, short Version, string What, byte[] Frame)
{
    public override string ToString() => $"{Key} v{Version} with {What}";
}
