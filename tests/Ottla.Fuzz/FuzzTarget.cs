namespace Ottla.Fuzz;

/// <summary>Code that takes bytes from outside.</summary>
/// <param name="Name">As it stands in a report.</param>
/// <param name="Run">Takes an input and checks what has to hold; whatever it throws beside <paramref name="Allowed"/> is a finding.</param>
/// <param name="Allowed">The only exceptions that bytes from outside may cause.</param>
/// <param name="AllocatedPerByteMax">How many bytes it may allocate for one byte of input, above <see
/// cref="Fuzzer.AllocatedFreely"/>.</param>
public sealed record FuzzTarget(string Name, Action<ReadOnlyMemory<byte>> Run, IReadOnlyList<Type> Allowed, int AllocatedPerByteMax);
