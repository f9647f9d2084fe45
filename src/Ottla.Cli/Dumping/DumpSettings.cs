namespace Ottla.Cli.Dumping;

/// <summary>What to print of a log, and how.</summary>
/// <param name="Deep">Records, not only batches.</param>
/// <param name="Data">Keys and values of records.</param>
/// <param name="SkipMetadata">Nothing of a record but its key and value.</param>
/// <param name="MaxBytes">How much of a log to read.</param>
internal sealed record DumpSettings(bool Deep, bool Data, bool SkipMetadata, int MaxBytes, IRecordDecoder Decoder);

/// <summary>Makes text of keys and values.</summary>
internal interface IRecordDecoder
{
    /// <summary>Null prints no key.</summary>
    /// <exception cref="Options.ToolException">The record cannot be one of the kind that was named.</exception>
    DecodedRecord Decode(long offset, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value);
}

internal readonly record struct DecodedRecord(string? Key, string? Value);
