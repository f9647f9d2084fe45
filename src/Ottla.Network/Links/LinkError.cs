namespace Ottla.Network.Links;

/// <summary>Why a request has no answer.</summary>
public enum LinkFailure
{
    /// <summary>The machine is there and nobody listens on the port: the process is not running, or listens elsewhere.</summary>
    Refused,

    /// <summary>The name has no address.</summary>
    UnknownName,

    /// <summary>No way there: it says nothing about the node itself.</summary>
    Unreachable,

    /// <summary>The connection broke: the peer's system ended it, or something on the way did.</summary>
    Reset,

    /// <summary>The peer closed the connection, between two answers or inside of one.</summary>
    EndOfStream,

    /// <summary>No answer in time: the peer may be slow, frozen or cut off, and the request may have been obeyed.</summary>
    TimedOut,

    /// <summary>The peer serves no version of the API that is spoken here, or the request says what no common version can carry.</summary>
    UnsupportedVersion,

    /// <summary>The peer sent what cannot be an answer.</summary>
    Malformed,

    /// <summary>The connection was ended on this side: its owner closed it, or gave it up because of another request.</summary>
    ClosedHere,

    /// <summary>A bug of ours.</summary>
    Fault,
}

/// <summary>Why a request has no answer, from whom, and in words.</summary>
public sealed record LinkError(LinkFailure Failure, NodeAddress Address, string Text, Exception? Cause = null)
{
    /// <summary>The stream ended although nobody here wanted it: what a process that died leaves behind, among others.</summary>
    public bool IsEndByPeer => Failure is LinkFailure.Reset or LinkFailure.EndOfStream;

    /// <summary>No connection came about, so the request never left.</summary>
    public bool NeverSent => Failure is LinkFailure.Refused or LinkFailure.UnknownName or LinkFailure.Unreachable or LinkFailure.UnsupportedVersion;

    public override string ToString() => Text;
}
