using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Ottla.Cli.Options;
using Ottla.Protocol.Wire;

namespace Ottla.Cli.Dumping;

/// <summary>The decoders of `dump-log`, by option and by class name.</summary>
internal static class Decoders
{
    private const string Package = "org.apache.kafka.tools.api.";

    /// <exception cref="ToolException">There is no such decoder.</exception>
    public static Func<ReadOnlyMemory<byte>, string> Named(string name) =>
        (name.StartsWith(Package, StringComparison.Ordinal) ? name[Package.Length..] : name) switch
    {
        "StringDecoder" or "kafka.serializer.StringDecoder" => bytes => Encoding.UTF8.GetString(bytes.Span),
        "IntegerDecoder" => bytes => bytes.Length == 4
            ? BinaryPrimitives.ReadInt32BigEndian(bytes.Span).ToString(CultureInfo.InvariantCulture) : throw Unfit(name, bytes),
        "LongDecoder" => bytes => bytes.Length == 8 ? BinaryPrimitives.ReadInt64BigEndian(bytes.Span).ToString(CultureInfo.InvariantCulture)
            : throw Unfit(name, bytes),
        "DefaultDecoder" => bytes => Convert.ToHexStringLower(bytes.Span),
        _ => throw new ToolException(
            $"Failed to load decoder class {name}: this program has StringDecoder, IntegerDecoder, LongDecoder and DefaultDecoder of "
            + $"{Package.TrimEnd('.')}; the files remain unread"),
    };

    private static ToolException Unfit(string name, ReadOnlyMemory<byte> bytes) => new($"{name} cannot decode {bytes.Length} bytes");
}

/// <summary>Keys and values that are text, or numbers.</summary>
internal sealed class PlainDecoder(Func<ReadOnlyMemory<byte>, string> key, Func<ReadOnlyMemory<byte>, string> value) : IRecordDecoder
{
    public DecodedRecord Decode(long offset, ReadOnlyMemory<byte>? keyBytes, ReadOnlyMemory<byte>? valueBytes) =>
        new(keyBytes is { } k ? key(k) : null, valueBytes is { } v ? value(v) : null);
}

/// <summary>Records of the metadata log: a frame with type and version, then the record.</summary>
internal sealed class MetadataDecoder : IRecordDecoder
{
    public DecodedRecord Decode(long offset, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value)
    {
        if (value is not { } bytes) return new(null, null);
        try
        {
            var reader = new MessageReader(bytes);
            var (_, version) = StoredRecords.ReadMetadataFrame(ref reader);
            var record = MetadataRecordReader.Read(bytes);
            var json = new JsonText();
            json.BeginObject();
            json.Name("type");
            json.Value(TypeName(record.GetType().Name));
            json.Name("version");
            json.Value(version);
            json.Name("data");
            if (record is IJsonMessage printable) printable.WriteJson(json, version);
            else json.Null();
            json.EndObject();
            return new(null, json.ToString());
        }
        catch (Exception unreadable) when (unreadable is MalformedMessageException or UnsupportedVersionException)
        {
            return new(null, $"Error at {offset}, skipping. {unreadable.Message}");
        }
    }

    /// <summary>PartitionChangeRecord becomes PARTITION_CHANGE_RECORD.</summary>
    private static string TypeName(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0) text.Append('_');
            text.Append(char.ToUpperInvariant(letter));
        }

        return text.ToString();
    }
}
