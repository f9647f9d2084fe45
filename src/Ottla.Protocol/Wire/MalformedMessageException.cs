namespace Ottla.Protocol.Wire;

/// <summary>
/// Bytes that cannot be what they claim to be: the one exception of the wire. Caught where bytes enter (a connection, a file's reader).
/// </summary>
public sealed class MalformedMessageException(string message) : Exception(message);
