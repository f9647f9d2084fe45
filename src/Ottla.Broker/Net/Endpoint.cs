using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Net;

/// <summary>What serves one API key. The answer may come at once or later; null is "no answer" (a produce with acks=0).</summary>
internal interface IHandler<TRequest, TResponse>
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    /// <summary>The versions that are advertised: those that a test has exercised.</summary>
    static abstract VersionRange Versions { get; }

    /// <summary>Runs on the connection's thread and must not block it. The request borrows the frame until this has ended, or until it says
    /// that it is done with it (<see cref="RequestContext.ReleaseFrame"/>).</summary>
    ValueTask<TResponse?> Handle(TRequest request, RequestContext context);
}

/// <summary>One served API key: parses its request, runs its handler, and says in its form that something failed.</summary>
internal abstract class Endpoint(ApiKey key, VersionRange versions)
{
    public ApiKey Key => key;

    public VersionRange Versions => versions;

    /// <summary>Parses the body; it becomes the context's request.</summary>
    /// <exception cref="MalformedMessageException">The body is not what its version says.</exception>
    public abstract void Read(ref MessageReader body, RequestContext context);

    /// <summary>Parses the body and runs the handler, for those who ask without a connection.</summary>
    /// <exception cref="MalformedMessageException">The body is not what its version says.</exception>
    public ValueTask<IMessage?> Run(ref MessageReader body, RequestContext context)
    {
        Read(ref body, context);
        return Run(context);
    }

    /// <summary>Runs the handler on the context's request.</summary>
    public abstract ValueTask<IMessage?> Run(RequestContext context);

    /// <summary>An answer to the context's request that says nothing but an error; null where its version has no form for that.</summary>
    public abstract IMessage? Refuse(RequestContext context, ErrorCode error);

    public static Endpoint Of<TRequest, TResponse, THandler>(ApiKey key, THandler handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>, new()
        where THandler : IHandler<TRequest, TResponse> => new Typed<TRequest, TResponse>(key, THandler.Versions, handler);

    private sealed class Typed<TRequest, TResponse>(ApiKey key, VersionRange versions, IHandler<TRequest, TResponse> handler) : Endpoint(key, versions)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>, new()
    {
        public override void Read(ref MessageReader body, RequestContext context) => context.Request = TRequest.Read(ref body, context.ApiVersion);

        public override ValueTask<IMessage?> Run(RequestContext context)
        {
            var pending = handler.Handle((TRequest)context.Request!, context);
            return pending.IsCompletedSuccessfully ? new(pending.Result) : Later(pending);
        }

        public override IMessage? Refuse(RequestContext context, ErrorCode error)
        {
            if (ErrorAnswers.Of(context.Request!, context.ApiVersion, error) is { } listed) return listed;
            if (new TResponse() is not IErrorResponse answer || !answer.ErrorVersions.Contains(context.ApiVersion)) return null;
            answer.ErrorCode = error;
            return answer;
        }

        private static async ValueTask<IMessage?> Later(ValueTask<TResponse?> pending) => await pending.ConfigureAwait(false);
    }
}
