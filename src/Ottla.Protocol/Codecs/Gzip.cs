using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Codecs;

/// <summary>gzip, by the framework's zlib.</summary>
/// <remarks>The format doesn't tell how much comes out of it, so decompression always goes by pieces.</remarks>
internal sealed class Gzip : ICodec
{
    /// <summary>zlib's own default, which it takes for 6.</summary>
    public const int LevelDefault = -1;

    /// <summary>Header of 10 bytes, two at least of data, trailer of 8.</summary>
    private const int MemberBytesMin = 20;

    /// <summary>gzip of nothing, for which the framework's stream writes nothing at all.</summary>
    private static ReadOnlySpan<byte> EmptyMember => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static ReadOnlySpan<byte> MemberMagic => [0x1f, 0x8b, 8];

    public CompressionType Type => CompressionType.Gzip;

    public string? UnavailableBecause => null;

    public CodecOutcome Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> target, int level)
    {
        if (source.IsEmpty)
        {
            target.Write(EmptyMember);
            return CodecOutcome.Done;
        }

        using var gzip = Open(target, level);
        gzip.Write(source);
        return CodecOutcome.Done;
    }

    public Compressor OpenCompressor(IBufferWriter<byte> target, int level) => new Pushed(target, level);

    private static GZipStream Open(IBufferWriter<byte> target, int level)
    {
        var options = new ZLibCompressionOptions { CompressionLevel = level < 0 ? 6 : Math.Clamp(level, 1, 9) };
        return new GZipStream(new BufferWriterStream(target), options);
    }

    public long DecompressedBytesMax(ReadOnlySpan<byte> source) => long.MaxValue;

    public CodecOutcome Decompress(ReadOnlySpan<byte> source, Span<byte> target, out int written)
    {
        Invariant.Fail("gzip is decompressed by pieces");
        written = 0;
        return CodecOutcome.Malformed;
    }

    public unsafe Decompressor Open(byte* source, int sourceBytes) => new Pieces(source, sourceBytes);

    /// <remarks>
    /// The framework's stream ends in silence where header or trailer are missing; Java's readers don't, so both are looked at here.
    /// </remarks>
    private sealed unsafe class Pieces : Decompressor
    {
        private readonly byte* _source;
        private readonly int _sourceBytes;
        private readonly GZipStream? _gzip;
        private long _total;

        public Pieces(byte* source, int sourceBytes)
        {
            _source = source;
            _sourceBytes = sourceBytes;
            if (sourceBytes >= MemberBytesMin && Source.StartsWith(MemberMagic))
                _gzip = new GZipStream(new UnmanagedMemoryStream(source, sourceBytes), CompressionMode.Decompress);
        }

        private ReadOnlySpan<byte> Source => new(_source, _sourceBytes);

        public override int Read(Span<byte> target)
        {
            if (_gzip is null || Outcome != CodecOutcome.Done) return Fail(CodecOutcome.Malformed);
            try
            {
                var read = _gzip.Read(target);
                _total += read;
                return read > 0 || HasTrailer() ? read : Fail(CodecOutcome.Malformed);
            }
            catch (InvalidDataException)
            {
                return Fail(CodecOutcome.Malformed);
            }
        }

        public override void Dispose() => _gzip?.Dispose();

        /// <summary>
        /// A member ends in the length of what came out of it, at the end of the data, or before bytes that belong to nobody, which Java's reader passes over
        /// as the framework's does; with several members it is the last one's.
        /// </summary>
        private bool HasTrailer()
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(Source[^sizeof(uint)..]);
            if (length == (uint)_total || length < _total && Source[MemberMagic.Length..].IndexOf(MemberMagic) >= 0) return true;
            Span<byte> trailer = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(trailer, (uint)_total);
            return Source[(MemberBytesMin - sizeof(uint))..].LastIndexOf(trailer) >= 0;
        }
    }

    private sealed class Pushed(IBufferWriter<byte> target, int level) : Compressor
    {
        private readonly GZipStream _gzip = Open(target, level);
        private bool _isEmpty = true;

        public override void Write(ReadOnlySpan<byte> piece)
        {
            _isEmpty &= piece.IsEmpty;
            _gzip.Write(piece);
        }

        public override void End()
        {
            _gzip.Dispose();
            if (_isEmpty) target.Write(EmptyMember);
        }

        public override void Dispose() => _gzip.Dispose();
    }

    /// <summary>Where the framework's stream writes to.</summary>
    private sealed class BufferWriterStream(IBufferWriter<byte> target) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override void Write(ReadOnlySpan<byte> buffer) => target.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => target.Write(buffer.AsSpan(offset, count));

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
