namespace Ottla.Runtime.Network;

/// <summary>The peer is gone, the network between failed, or the connection was closed here: nothing is wrong with this node.</summary>
/// <remarks>Every fault of an <see cref="IByteStream"/> but those of a file that it sends from, which stay what the file threw.</remarks>
public sealed class ConnectionLostException(string message, Exception? cause = null) : IOException(message, cause);
