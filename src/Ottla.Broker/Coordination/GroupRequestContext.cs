using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination;

/// <summary>Who asks, and in which version of the API.</summary>
/// <param name="ClientId">From the request's header; empty where that has none.</param>
/// <param name="ClientHost">Address of the connection as Kafka prints it: `/127.0.0.1`.</param>
/// <param name="ApiVersion">Version of the request.</param>
/// <param name="Api">Which request it is, for the log.</param>
public readonly record struct GroupRequestContext(string ClientId, string ClientHost, short ApiVersion, ApiKey Api = default);
