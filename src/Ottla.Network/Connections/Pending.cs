using Ottla.Network.Links;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Network.Connections;

/// <summary>A request that waits for its answer.</summary>
internal abstract class Pending(ApiKey key, long deadline)
{
    public ApiKey Key => key;

    public int CorrelationId { get; set; }

    /// <summary>In units of the clock's timestamps.</summary>
    public long Deadline => deadline;

    /// <summary>Takes the frame over.</summary>
    /// <exception cref="MalformedMessageException">The frame is no such answer; whoever waits has been told.</exception>
    public abstract void Complete(AnswerFrame frame);

    public abstract void Fail(LinkError why);
}

/// <summary>A request that waits for an answer of one type.</summary>
internal sealed class Pending<TRequest, TResponse>(Api<TRequest, TResponse> api, short version, NodeAddress peer, long deadline, bool isInline)
    : Pending(api.Key, deadline)
    where TRequest : IRequest<TRequest>
    where TResponse : IResponse<TResponse>
{
    private readonly TaskCompletionSource<Answer<TResponse>> _answer =
        new(isInline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile bool _isForgotten;

    public Task<Answer<TResponse>> Answer => _answer.Task;

    public override void Complete(AnswerFrame frame)
    {
        try
        {
            var reader = new MessageReader(frame.Memory);
            ResponseHeader.Read(ref reader, HeaderVersions.OfResponse(api.Key, version) > 0);
            _answer.TrySetResult(new(api.Read(ref reader, version), version, frame));
            if (_isForgotten) frame.Dispose();
        }
        catch (MalformedMessageException malformed)
        {
            frame.Dispose();
            Fail(new LinkError(LinkFailure.Malformed, peer, $"The answer of {peer} to {api.Key} cannot be read: {malformed.Message}", malformed));
            throw;
        }
    }

    public override void Fail(LinkError why) => _answer.TrySetResult(new(why));

    /// <summary>Nobody waits any more. The answer still comes, and is dropped.</summary>
    public void Forget()
    {
        _isForgotten = true;
        if (_answer.Task.IsCompletedSuccessfully) _answer.Task.Result.Dispose();
    }
}
