using Ottla.Runtime.Network;

namespace Ottla.Network;

/// <summary>What connections take from the world: the network, the clock and chance. A simulator brings its own.</summary>
/// <param name="Random">Spreads retries; it need not be secure. Shared by threads, which lock it.</param>
/// <param name="Fault">Hears of exceptions that only a bug of ours brings, beside those who wait on the connection; a node ends by
/// them.</param>
public sealed record NetworkPlatform(ITransport Transport, TimeProvider Time, Random Random, Action<Exception>? Fault = null);
