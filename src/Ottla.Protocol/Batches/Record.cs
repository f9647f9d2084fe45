using System.Text;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Batches;

/// <summary>One record of a batch, as <see cref="RecordReader"/> shows it; borrows the batch's bytes.</summary>
public readonly ref struct Record
{
    public Offset Offset { get; internal init; }

    /// <summary>In ms since 1970, the time of the append where the batch has it; -1 is none.</summary>
    public long Timestamp { get; internal init; }

    public NullableBytes Key { get; internal init; }

    public NullableBytes Value { get; internal init; }

    public RecordHeaders Headers { get; internal init; }

    /// <summary>The record in the batch's (decompressed) bytes, its length included.</summary>
    public int SizeInBytes { get; internal init; }
}

/// <summary>A header that a record is built with. Keys are never null; values may be.</summary>
public readonly record struct RecordHeader(string Key, byte[]? Value);

/// <summary>The headers of one record, which its reader has found well-formed; enumerate it.</summary>
public readonly ref struct RecordHeaders
{
    internal RecordHeaders(int count, ReadOnlySpan<byte> encoded)
    {
        Count = count;
        Encoded = encoded;
    }

    public int Count { get; }

    /// <summary>As they stand in the record, without their count.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    public Enumerator GetEnumerator() => new(this);

    public RecordHeader[] ToArray()
    {
        var headers = new RecordHeader[Count];
        var i = 0;
        foreach (var header in this) headers[i++] = new RecordHeader(header.Key, header.Value.ToArray());
        return headers;
    }

    public readonly ref struct Header
    {
        public ReadOnlySpan<byte> KeyUtf8 { get; internal init; }

        public NullableBytes Value { get; internal init; }

        public string Key => Encoding.UTF8.GetString(KeyUtf8);
    }

    public ref struct Enumerator(RecordHeaders headers)
    {
        private readonly RecordHeaders _headers = headers;
        private int _position;
        private int _count;

        public Header Current { get; private set; }

        public bool MoveNext()
        {
            if (_count == _headers.Count) return false;
            _count++;
            var key = Next();
            Current = new Header { KeyUtf8 = key.Span, Value = Next() };
            return true;
        }

        private NullableBytes Next()
        {
            Invariant.That(Varint.TryRead(_headers.Encoded, ref _position, out int length));
            var bytes = NullableBytes.Slice(_headers.Encoded, _position, length);
            _position += bytes.Length;
            return bytes;
        }
    }
}
