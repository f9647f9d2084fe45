using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Client.Connections;

/// <summary>A request that waits for its answer.</summary>
internal abstract class Pending
{
    /// <summary>Stands in for a request whose caller went away.</summary>
    public static readonly Pending Dropped = new Nobody();

    /// <exception cref="MalformedMessageException">The frame is no such answer.</exception>
    public abstract void Complete(byte[] frame);

    public abstract void Fail(Exception why);

    private sealed class Nobody : Pending
    {
        public override void Complete(byte[] frame)
        {
        }

        public override void Fail(Exception why)
        {
        }
    }
}

/// <summary>A request that waits for an answer of one type.</summary>
internal sealed class Pending<TRequest, TResponse>(Api<TRequest, TResponse> api, short version) : Pending
    where TRequest : IRequest<TRequest>
    where TResponse : IResponse<TResponse>
{
    private readonly TaskCompletionSource<TResponse> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TResponse> Answer => _answer.Task;

    public override void Complete(byte[] frame)
    {
        try
        {
            var reader = new MessageReader(frame);
            ResponseHeader.Read(ref reader, HeaderVersions.OfResponse(api.Key, version) > 0);
            _answer.TrySetResult(api.Read(ref reader, version));
        }
        catch (MalformedMessageException malformed)
        {
            _answer.TrySetException(new BrokerException(ErrorCode.NetworkException,
                $"The answer to {api.Key} cannot be read: {malformed.Message}", malformed));
            throw;
        }
    }

    public override void Fail(Exception why) => _answer.TrySetException(why);
}
