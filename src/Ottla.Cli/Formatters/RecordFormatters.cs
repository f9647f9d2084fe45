using Ottla.Cli.Dumping;
using Ottla.Cli.Options;
using Ottla.Client.Consuming;

namespace Ottla.Cli.Formatters;

/// <summary>The formatters by the class names that Apache Kafka has for them. No class is loaded: a name outside of this list is an
/// error.</summary>
internal static class RecordFormatters
{
    private const string Package = "org.apache.kafka.tools.consumer.";

    /// <exception cref="UsageException">There is no such formatter.</exception>
    public static IRecordFormatter Named(string name, IReadOnlyDictionary<string, string> properties)
    {
        var simple = name.StartsWith(Package, StringComparison.Ordinal) ? name[Package.Length..]
            : name.StartsWith("kafka.tools.", StringComparison.Ordinal) ? name["kafka.tools.".Length..] : name;
        return simple switch
        {
            "DefaultMessageFormatter" or "LoggingMessageFormatter" => new DefaultFormatter(properties),
            "NoOpMessageFormatter" => new NothingFormatter(),
            "OffsetsMessageFormatter" => new CoordinatorFormatter(CoordinatorLog.Groups, 0, 1),
            "GroupMetadataMessageFormatter" => new CoordinatorFormatter(CoordinatorLog.Groups, 2),
            "TransactionLogMessageFormatter" => new CoordinatorFormatter(CoordinatorLog.Transactions, 0),
            _ => throw new UsageException($"{name} is not a formatter of this program"),
        };
    }

    private sealed class NothingFormatter : IRecordFormatter
    {
        public void Write(ConsumedRecord record, Stream output)
        {
        }
    }
}
