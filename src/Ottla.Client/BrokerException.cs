using Ottla.Client.Connections;
using Ottla.Network.Links;
using Ottla.Protocol.Primitives;

namespace Ottla.Client;

/// <summary>What was asked of the cluster could not be had: the code that the broker answered (or that says what went wrong on the way to
/// it).</summary>
/// <remarks><see cref="ErrorCode.NetworkException"/> and <see cref="ErrorCode.RequestTimedOut"/> also stand for a broker that did not
/// answer.</remarks>
public sealed class BrokerException : Exception
{
    public BrokerException(ErrorCode code, string? message = null, Exception? cause = null)
        : base(string.IsNullOrEmpty(message) ? code.ProtocolName() : message, cause) => Code = code;

    internal BrokerException(LinkError error)
        : base(error.Text, error.Cause) => (Code, Failure) = (BrokerCalls.CodeOf(error.Failure), error.Failure);

    public ErrorCode Code { get; }

    /// <summary>What happened to the connection; null where the broker answered.</summary>
    internal LinkFailure? Failure { get; }

    /// <summary>Throws unless the code is <see cref="ErrorCode.None"/>.</summary>
    public static void ThrowIf(ErrorCode code, string? message = null)
    {
        if (code != ErrorCode.None) throw new BrokerException(code, message);
    }
}
