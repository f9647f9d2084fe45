using Ottla.Configuration.Definitions;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>What the controller makes of one item of a request: <see cref="Ok"/>, or an error of the wire with its message.</summary>
public readonly record struct Verdict(ErrorCode Code, string? Message = null)
{
    /// <summary>What it quotes is cut: it has to fit into an answer.</summary>
    public string? Message { get; } = Quote.Within(Message);

    public static readonly Verdict Ok = new(ErrorCode.None);

    public bool IsOk => Code == ErrorCode.None;
}
