using System.Text;
using Ottla.Cli.Options;
using Ottla.Client.Producing;
using Ottla.Protocol.Batches;

namespace Ottla.Cli.Tools;

/// <summary>Makes a record of a line of text: `headers TAB key TAB value`, as far as headers and key are asked for.</summary>
internal sealed class LineRecords
{
    private readonly string _topic;
    private readonly bool _parseKey;
    private readonly bool _parseHeaders;
    private readonly bool _ignoreError;
    private readonly string _keySeparator;
    private readonly string _headersDelimiter;
    private readonly string _headersSeparator;
    private readonly string _headersKeySeparator;
    private readonly string? _nullMarker;
    private int _line;

    /// <exception cref="ToolException">Two separators are the same where that cannot be told apart.</exception>
    public LineRecords(string topic, IReadOnlyDictionary<string, string> properties)
    {
        _topic = topic;
        _parseKey = IsTrue(properties, "parse.key");
        _parseHeaders = IsTrue(properties, "parse.headers");
        _ignoreError = IsTrue(properties, "ignore.error");
        _keySeparator = properties.GetValueOrDefault("key.separator", "\t");
        _headersDelimiter = properties.GetValueOrDefault("headers.delimiter", "\t");
        _headersSeparator = properties.GetValueOrDefault("headers.separator", ",");
        _headersKeySeparator = properties.GetValueOrDefault("headers.key.separator", ":");
        _nullMarker = properties.GetValueOrDefault("null.marker");
        if (_headersDelimiter == _headersSeparator) throw new ToolException("headers.delimiter and headers.separator may not be equal");
        if (_headersDelimiter == _headersKeySeparator)
            throw new ToolException("headers.delimiter and headers.key.separator may not be equal");
        if (_headersSeparator == _headersKeySeparator)
            throw new ToolException("headers.separator and headers.key.separator may not be equal");
        if (_nullMarker is not null && _nullMarker == _keySeparator)
            throw new ToolException("null.marker and key.separator may not be equal");
    }

    /// <exception cref="ToolException">The line lacks a separator, and errors are not ignored.</exception>
    public ProducerRecord Read(string line)
    {
        _line++;
        var headers = _parseHeaders ? Cut(ref line, _headersDelimiter, "headers delimiter") : null;
        var key = _parseKey ? Cut(ref line, _keySeparator, "key separator") : null;
        return new ProducerRecord(_topic)
        {
            Key = key is null ? null : Bytes(key),
            Value = Bytes(line),
            Headers = headers is null || headers == _nullMarker ? [] : [.. headers.Split(_headersSeparator).Select(Header)],
        };
    }

    private static bool IsTrue(IReadOnlyDictionary<string, string> properties, string name) =>
        properties.TryGetValue(name, out var text) && text.Trim().Equals("true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Takes off what stands before the separator; null where there is none and that is no error.</summary>
    private string? Cut(ref string line, string separator, string what)
    {
        var at = line.IndexOf(separator, StringComparison.Ordinal);
        if (at < 0 && _ignoreError) return null;
        if (at < 0) throw new ToolException($"No {what} found on line number {_line}: '{line}'");
        var before = line[..at];
        line = line[(at + separator.Length)..];
        return before;
    }

    private RecordHeader Header(string pair)
    {
        var at = pair.IndexOf(_headersKeySeparator, StringComparison.Ordinal);
        if (at < 0 && _ignoreError) return new RecordHeader(pair, null);
        if (at < 0) throw new ToolException($"No header key separator found in pair '{pair}' on line number {_line}");
        var key = pair[..at];
        if (key == _nullMarker)
            throw new ToolException($"Header keys should not be equal to the null marker '{_nullMarker}' as they can't be null");
        var value = pair[(at + _headersKeySeparator.Length)..];
        return new RecordHeader(key, value == _nullMarker ? null : Encoding.UTF8.GetBytes(value));
    }

    private ReadOnlyMemory<byte>? Bytes(string text) => text == _nullMarker ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(text);
}
