namespace Ottla.Runtime.Network;

/// <summary>Why a connection could not be opened.</summary>
public enum ConnectFault
{
    /// <summary>The machine is there and nobody listens on the port.</summary>
    Refused,

    /// <summary>The name has no address.</summary>
    UnknownName,

    /// <summary>No way there, or no answer: it says nothing about who might listen.</summary>
    Unreachable,
}

/// <summary>A connection could not be opened; the message names the address.</summary>
public sealed class ConnectException(ConnectFault fault, string message, Exception? cause = null) : IOException(message, cause)
{
    public ConnectFault Fault => fault;
}
