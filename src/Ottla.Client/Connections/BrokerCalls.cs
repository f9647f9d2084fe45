using Ottla.Network.Connections;
using Ottla.Network.Links;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Client.Connections;

/// <summary>Requests as the client makes them: the answer, or <see cref="BrokerException"/>.</summary>
/// <remarks>
/// Answers own their memory (<see cref="LinkOptions.PoolsAnswers"/> is off): a record that a user kept would change under his hands
/// otherwise.
/// So there is nothing to give back.
/// </remarks>
internal static class BrokerCalls
{
    /// <summary>Largest answer that is believed: a fetch brings 50 MiB by default, and one batch more whatever its size.</summary>
    private const int AnswerBytesMax = 512 << 20;

    public static LinkOptions LinkOptions(this ClientOptions options) => new()
    {
        ClientId = options.ClientId,
        SoftwareName = "ottla-dotnet",
        ConnectTimeoutMs = options.ConnectTimeoutMs,
        RequestTimeoutMs = options.RequestTimeoutMs,
        ReconnectBackoffMs = options.ReconnectBackoffMs,
        ReconnectBackoffMaxMs = options.ReconnectBackoffMaxMs,
        AnswerBytesMax = AnswerBytesMax,
        PoolsAnswers = false,
    };

    /// <summary>The link's connection, open.</summary>
    /// <exception cref="BrokerException">The broker cannot be reached.</exception>
    public static async ValueTask<Connection> Get(this NodeLink link, Deadline deadline, CancellationToken cancellation)
    {
        var opened = await link.Open(deadline, cancellation).ConfigureAwait(false);
        return opened.Connection ?? throw new BrokerException(opened.Error!);
    }

    /// <summary>Sends a request and waits for the answer.</summary>
    /// <exception cref="BrokerException">The broker knows no version of the call, or the connection ended before the answer.</exception>
    public static async Task<TResponse> Ask<TRequest, TResponse>(this Connection connection, Api<TRequest, TResponse> api, TRequest request,
        CancellationToken cancellation, int? timeoutMs = null)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse>
    {
        var answer = await connection.Send(api, request, timeoutMs, cancellation).ConfigureAwait(false);
        return answer.HasMessage ? answer.Message : throw new BrokerException(answer.Error);
    }

    /// <summary>Sends a request that the broker does not answer (a produce with acks=0).</summary>
    /// <exception cref="BrokerException">It could not be sent.</exception>
    public static async Task Tell<TRequest, TResponse>(this Connection connection, Api<TRequest, TResponse> api, TRequest request,
        CancellationToken cancellation)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse>
    {
        if (await connection.SendOneWay(api, request, cancellation).ConfigureAwait(false) is { } error) throw new BrokerException(error);
    }

    public static ErrorCode CodeOf(LinkFailure failure) => failure switch
    {
        LinkFailure.TimedOut => ErrorCode.RequestTimedOut,
        LinkFailure.UnsupportedVersion => ErrorCode.UnsupportedVersion,
        _ => ErrorCode.NetworkException,
    };
}
