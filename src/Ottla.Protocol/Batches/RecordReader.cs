using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Protocol.Batches;

/// <summary>Walks the records of a batch of magic 2 with their keys, values and headers; made for `foreach`.</summary>
/// <remarks>
/// Borrows the bytes, allocates nothing. The records are those after the header, decompressed (<see cref="BatchRecords"/> does both). Every
/// length is checked against what is left of the record; what does not fit, and a count that does not, throws
/// <see cref="MalformedMessageException"/>.
/// </remarks>
public ref struct RecordReader
{
    private readonly BatchHeader _header;
    private readonly ReadOnlySpan<byte> _records;
    private readonly bool _hasAppendTime;
    private int _position;
    private int _read;

    public RecordReader(scoped in BatchHeader header, ReadOnlySpan<byte> records)
    {
        if (header.Magic != BatchHeader.MagicLatest)
            throw new MalformedMessageException($"Records of a batch with magic {header.Magic} are not read as those of magic 2.");
        if (header.RecordCount < 0) throw new MalformedMessageException($"A batch claims {header.RecordCount} records.");
        _header = header;
        _records = records;
        _hasAppendTime = header.TimestampType == TimestampType.LogAppendTime;
    }

    public Record Current { get; private set; }

    public readonly RecordReader GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_read == _header.RecordCount)
        {
            if (_position != _records.Length) throw Malformed("has bytes behind its last record");
            return false;
        }

        Current = Next();
        _read++;
        return true;
    }

    private Record Next()
    {
        var start = _position;
        if (!Varint.TryRead(_records, ref _position, out int length) || length < 0 || length > _records.Length - _position)
            throw Malformed("has a record that does not fit");
        var body = _records.Slice(_position, length);
        _position += length;

        var at = 1;
        if (!Varint.TryRead(body, ref at, out long timestampDelta) || !Varint.TryRead(body, ref at, out int offsetDelta))
            throw Malformed("has a record that is cut");
        var key = Field(body, ref at);
        var value = Field(body, ref at);
        if (!Varint.TryRead(body, ref at, out int headerCount) || headerCount < 0)
            throw Malformed("has a record with a false count of headers");
        var headersStart = at;
        for (var i = 0; i < headerCount; i++)
        {
            if (Field(body, ref at).IsNull) throw Malformed("has a header without a key");
            Field(body, ref at);
        }

        if (at != body.Length) throw Malformed("has a record longer than its fields");
        return new Record
        {
            Offset = _header.BaseOffset + offsetDelta,
            Timestamp = _hasAppendTime ? _header.MaxTimestamp : _header.BaseTimestamp + timestampDelta,
            Key = key,
            Value = value,
            Headers = new RecordHeaders(headerCount, body[headersStart..]),
            SizeInBytes = _position - start,
        };
    }

    private readonly NullableBytes Field(ReadOnlySpan<byte> body, scoped ref int at)
    {
        if (!Varint.TryRead(body, ref at, out int length) || length > body.Length - at)
            throw Malformed("has a record with a field that does not fit");
        var field = NullableBytes.Slice(body, at, length);
        at += field.Length;
        return field;
    }

    private readonly MalformedMessageException Malformed(string what) =>
        new($"The batch at offset {_header.BaseOffset} {what} (record {_read} of {_header.RecordCount}).");
}
