using System.Globalization;
using Ottla.Cli.Options;
using Ottla.Protocol.Wire;

namespace Ottla.Cli.Dumping;

/// <summary>Records of a coordinator's log as JSON, for `dump-log`.</summary>
internal sealed class CoordinatorDecoder(CoordinatorLog log) : IRecordDecoder
{
    public DecodedRecord Decode(long offset, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value)
    {
        if (key is not { } keyBytes)
        {
            throw new ToolException(
                $"Failed to decode message at offset {offset} using the specified decoder (message had a missing key); what remains of the "
                + $"log was not printed");
        }

        try
        {
            var type = StoredRecords.ReadRecordKey(keyBytes);
            if (CoordinatorRecords.Find(log, type) is not { } kind)
                return new($"Unknown record type {type} at offset {offset}, skipping.", null);
            var text = value is { } bytes ? Wrap("version", StoredRecords.ReadRecordKey(bytes), kind.ExpandedValue, bytes) : "<DELETE>";
            return new(Wrap("type", type, kind.Key, keyBytes), text);
        }
        catch (Exception unreadable) when (unreadable is MalformedMessageException or UnsupportedVersionException)
        {
            return new($"Error at offset {offset}, skipping. {unreadable.Message}", null);
        }
    }

    /// <summary>{"type":"1","data":{...}}: the numbers in quotes, as Apache Kafka's tool prints them here.</summary>
    private static string Wrap(string name, short number, WriteRecord write, ReadOnlyMemory<byte> bytes)
    {
        var json = new JsonText();
        json.BeginObject();
        json.Name(name);
        json.Value(number.ToString(CultureInfo.InvariantCulture));
        json.Name("data");
        write(json, bytes);
        json.EndObject();
        return json.ToString();
    }
}
