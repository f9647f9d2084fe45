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

    /// <summary>Runs on the connection's thread and must not block it. The request borrows the frame until this has ended, or
    /// until it says that it is done with it (<see cref="RequestContext.ReleaseFrame"/>).</summary>
    ValueTask<TResponse?> Handle(TRequest request, RequestContext context);
}

/// <summary>One served API key: parses its request, runs its handler, writes its answer.</summary>
internal abstract class Endpoint(ApiKey key, VersionRange versions)
{
    public ApiKey Key => key;

    public VersionRange Versions => versions;

    /// <summary>Parses the body and starts the handler.</summary>
    /// <exception cref="MalformedMessageException">The body is not what its version says.</exception>
    public abstract ValueTask<IMessage?> Run(ref MessageReader body, RequestContext context);

    public static Endpoint Of<TRequest, TResponse, THandler>(ApiKey key, THandler handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
        where THandler : IHandler<TRequest, TResponse> => new Typed<TRequest, TResponse>(key, THandler.Versions, handler);

    private sealed class Typed<TRequest, TResponse>(ApiKey key, VersionRange versions, IHandler<TRequest, TResponse> handler) : Endpoint(key, versions)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        public override ValueTask<IMessage?> Run(ref MessageReader body, RequestContext context)
        {
            var request = TRequest.Read(ref body, context.ApiVersion);
            var pending = handler.Handle(request, context);
            return pending.IsCompletedSuccessfully ? new(pending.Result) : Later(pending);
        }

        private static async ValueTask<IMessage?> Later(ValueTask<TResponse?> pending) => await pending.ConfigureAwait(false);
    }
}
