using System.Diagnostics.CodeAnalysis;
using Ottla.Network.Connections;
using Ottla.Protocol.Primitives;

namespace Ottla.Network.Links;

/// <summary>What came of a request: the peer's answer, or why there is none.</summary>
/// <remarks>
/// Bytes and records in the message are slices of pooled memory, borrowed until <see cref="Dispose"/>; whatever is to live longer is copied
/// before. All else in it (numbers, strings, lists) is its own. Forgetting to dispose costs the pool a buffer, no more.
/// </remarks>
public readonly struct Answer<TResponse> : IDisposable
{
    private readonly TResponse? _message;
    private readonly AnswerFrame? _frame;

    internal Answer(TResponse message, short version, AnswerFrame frame) => (_message, Version, _frame) = (message, version, frame);

    internal Answer(LinkError error) => Error = error;

    /// <summary>Null where there is an answer.</summary>
    public LinkError? Error { get; }

    [MemberNotNullWhen(false, nameof(Error))]
    public bool HasMessage => Error is null;

    /// <summary>Only where there is no <see cref="Error"/>.</summary>
    public TResponse Message
    {
        get
        {
            Invariant.That(Error is null);
            return _message!;
        }
    }

    /// <summary>The version in which both sides spoke.</summary>
    public short Version { get; }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _frame?.Dispose();
}
