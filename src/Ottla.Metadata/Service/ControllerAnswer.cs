using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Service;

/// <summary>What came of a request to the controller: its answer, or why it was not dealt with at all.</summary>
/// <param name="Error">None where there is an answer. NOT_CONTROLLER: this node does not lead the quorum, or ceased to before the decision
/// was committed, which may or may not hold then. POLICY_VIOLATION, RECORD_LIST_TOO_LARGE: more than one request may change.
/// UNKNOWN_SERVER_ERROR: a bug.</param>
/// <param name="Message">For the client; null where nothing is wrong.</param>
/// <param name="Response">The answer; null where there is an error.</param>
public readonly record struct ControllerAnswer<TResponse>(ErrorCode Error, string? Message, TResponse? Response)
    where TResponse : class
{
    internal static ControllerAnswer<TResponse> Of(TResponse response) => new(ErrorCode.None, null, response);
}

/// <summary>Who asks the controller for what: told in the log where something goes wrong inside.</summary>
public readonly record struct Asker(string Request, string? ClientId, string? Host)
{
    /// <summary>This node itself.</summary>
    public static Asker Self(string request) => new(request, null, null);

    public override string ToString() => Host is null ? $"{Request} of this node" : $"{Request} of client {ClientId} at {Host}";
}
