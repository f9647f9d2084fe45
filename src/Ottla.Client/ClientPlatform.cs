using Ottla.Runtime.Network;
using Ottla.Runtime.Platform;

namespace Ottla.Client;

/// <summary>What a client takes from the world: the network, the clock and chance. A simulator brings its own.</summary>
public sealed record ClientPlatform(ITransport Transport, TimeProvider Time, Random Random)
{
    /// <summary>The operating system's. <paramref name="random"/> spreads retries and null-key records; it need not be secure.</summary>
    public static ClientPlatform OfTheSystem(Random random) => new(new OsTransport(), TimeProvider.System, random);
}
