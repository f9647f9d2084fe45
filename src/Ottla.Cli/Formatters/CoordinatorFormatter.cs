using System.Text;
using Ottla.Cli.Dumping;
using Ottla.Client.Consuming;
using Ottla.Protocol.Wire;

namespace Ottla.Cli.Formatters;

/// <summary>Prints some kinds of records of a coordinator's topic as JSON objects, one after the other without line breaks; passes over all
/// others.</summary>
internal sealed class CoordinatorFormatter(CoordinatorLog log, params short[] types) : IRecordFormatter
{
    public void Write(ConsumedRecord record, Stream output)
    {
        if (record.Key is not { } key) return;
        try
        {
            var type = StoredRecords.ReadRecordKey(key);
            if (!types.Contains(type) || CoordinatorRecords.Find(log, type) is not { } kind) return;
            var json = new JsonText();
            json.BeginObject();
            json.Name("key");
            Wrap(json, "type", type, kind.Key, key);
            json.Name("value");
            if (record.Value is { } value) Wrap(json, "version", StoredRecords.ReadRecordKey(value), kind.Value, value);
            else json.Null();
            json.EndObject();
            output.Write(Encoding.UTF8.GetBytes(json.ToString()));
        }
        catch (Exception unreadable) when (unreadable is MalformedMessageException or UnsupportedVersionException)
        {
            throw new FormatException(unreadable.Message, unreadable);
        }
    }

    private static void Wrap(JsonText json, string name, short number, WriteRecord write, ReadOnlyMemory<byte> bytes)
    {
        json.BeginObject();
        json.Name(name);
        json.Value(number);
        json.Name("data");
        write(json, bytes);
        json.EndObject();
    }
}
