using System.Text;
using Ottla.Client.Consuming;
using Ottla.Protocol.Batches;

namespace Ottla.Cli.Formatters;

/// <summary>Prints what was asked for of a record, in this order: timestamp, partition, offset, delivery count, epoch, headers, key,
/// value.</summary>
/// <remarks>Bytes go out as they are where no deserializer is named.</remarks>
internal sealed class DefaultFormatter : IRecordFormatter
{
    private readonly bool _timestamp;
    private readonly bool _partition;
    private readonly bool _offset;
    private readonly bool _delivery;
    private readonly bool _epoch;
    private readonly bool _headers;
    private readonly bool _key;
    private readonly bool _value;
    private readonly byte[] _separator;
    private readonly byte[] _line;
    private readonly byte[] _headersSeparator;
    private readonly byte[] _null;
    private readonly Deserializer? _keyDeserializer;
    private readonly Deserializer? _valueDeserializer;
    private readonly Deserializer? _headersDeserializer;

    /// <exception cref="Options.UsageException">A deserializer is not known.</exception>
    public DefaultFormatter(IReadOnlyDictionary<string, string> properties)
    {
        _timestamp = IsTrue("print.timestamp");
        _partition = IsTrue("print.partition");
        _offset = IsTrue("print.offset");
        _delivery = IsTrue("print.delivery");
        _epoch = IsTrue("print.epoch");
        _headers = IsTrue("print.headers");
        _key = IsTrue("print.key");
        _value = !properties.ContainsKey("print.value") || IsTrue("print.value");
        _separator = Text("key.separator", "\t");
        _line = Text("line.separator", "\n");
        _headersSeparator = Text("headers.separator", ",");
        _null = Text("null.literal", "null");
        _keyDeserializer = Deserializers.Named(properties.GetValueOrDefault("key.deserializer"));
        _valueDeserializer = Deserializers.Named(properties.GetValueOrDefault("value.deserializer"));
        _headersDeserializer = Deserializers.Named(properties.GetValueOrDefault("headers.deserializer"));

        bool IsTrue(string name) =>
            properties.TryGetValue(name, out var text) && text.Trim().Equals("true", StringComparison.OrdinalIgnoreCase);
        byte[] Text(string name, string byDefault) => Encoding.UTF8.GetBytes(properties.GetValueOrDefault(name, byDefault));
    }

    public void Write(ConsumedRecord record, Stream output)
    {
        if (_timestamp) Field(output, TimestampOf(record), _partition || _offset || _delivery || _epoch || _headers || _key || _value);
        if (_partition) Field(output, $"Partition:{record.Partition}", _offset || _delivery || _epoch || _headers || _key || _value);
        if (_offset) Field(output, $"Offset:{record.Offset}", _delivery || _epoch || _headers || _key || _value);

        // a delivery count is what share groups have; the leader epoch does not reach formatters in Apache Kafka's tool either
        if (_delivery) Field(output, "Delivery:NOT_PRESENT", _epoch || _headers || _key || _value);
        if (_epoch) Field(output, "Epoch:NOT_PRESENT", _headers || _key || _value);
        if (_headers)
        {
            WriteHeaders(output, record.Headers);
            output.Write(_key || _value ? _separator : _line);
        }

        if (_key)
        {
            WriteBytes(output, record.Key, _keyDeserializer);
            output.Write(_value ? _separator : _line);
        }

        if (!_value) return;
        WriteBytes(output, record.Value, _valueDeserializer);
        output.Write(_line);
    }

    private static string TimestampOf(ConsumedRecord record) =>
        record.TimestampType == TimestampType.None ? "NO_TIMESTAMP" : $"{record.TimestampType}:{record.TimestampMs}";

    private void Field(Stream output, string text, bool more)
    {
        output.Write(Encoding.UTF8.GetBytes(text));
        output.Write(more ? _separator : _line);
    }

    private void WriteHeaders(Stream output, RecordHeader[] headers)
    {
        if (headers.Length == 0) output.Write("NO_HEADERS"u8);
        for (var i = 0; i < headers.Length; i++)
        {
            if (i > 0) output.Write(_headersSeparator);
            output.Write(Encoding.UTF8.GetBytes(headers[i].Key));
            output.Write(":"u8);
            WriteBytes(output, headers[i].Value, _headersDeserializer);
        }
    }

    private void WriteBytes(Stream output, ReadOnlyMemory<byte>? bytes, Deserializer? deserializer)
    {
        if (bytes is not { } present) output.Write(_null);
        else if (deserializer is null) output.Write(present.Span);
        else output.Write(Encoding.UTF8.GetBytes(deserializer(present.Span)));
    }

    private void WriteBytes(Stream output, byte[]? bytes, Deserializer? deserializer) =>
        WriteBytes(output, bytes is null ? null : (ReadOnlyMemory<byte>?)bytes, deserializer);
}
