using Ottla.Client.Consuming;

namespace Ottla.Cli.Formatters;

/// <summary>Prints records of a console consumer.</summary>
internal interface IRecordFormatter
{
    /// <exception cref="FormatException">The record's bytes are not what the formatter was told that they are.</exception>
    void Write(ConsumedRecord record, Stream output);
}
