namespace Ottla.Protocol.Wire;

/// <summary>A tagged field that the schema does not know; kept and written back as it came (KIP-482).</summary>
public readonly record struct UnknownTag(int Tag, ReadOnlyMemory<byte> Data);
