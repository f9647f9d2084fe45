using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster.Controllers;

/// <summary>What came of asking the active controller: its answer, or why there is none.</summary>
/// <param name="Error">None where there is an answer. REQUEST_TIMED_OUT: no controller dealt with it in time, or one may have and did not
/// say so. UNSUPPORTED_VERSION: the controller serves no version that can carry it.</param>
internal readonly record struct ControllerReply<TResponse>(TResponse? Response, ErrorCode Error, string? Why)
    where TResponse : class
{
    public static ControllerReply<TResponse> Of(TResponse response) => new(response, ErrorCode.None, null);

    public static ControllerReply<TResponse> Failed(ErrorCode error, string why) => new(null, error, why);
}
