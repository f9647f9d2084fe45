using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Ottla.Protocol.Primitives;

/// <summary>
/// Something that only a bug of ours can break. Stays on in Release; the process ends rather than go on with a false state.
/// </summary>
public static class Invariant
{
    public static void That([DoesNotReturnIf(false)] bool holds, [CallerArgumentExpression(nameof(holds))] string? what = null)
    {
        if (!holds) Fail(what);
    }

    [DoesNotReturn]
    public static void Fail(string? what) => throw new InvariantException($"A rule that must hold does not: {what}. This is a bug of Ottla.");
}

/// <summary>Thrown by <see cref="Invariant"/>; nothing catches it but the end of the process.</summary>
public sealed class InvariantException(string message) : Exception(message);
