using System.Threading.Channels;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Loops;
using Ottla.Runtime.Network;

namespace Ottla.Network.Tests;

/// <summary>A peer that answers as a test says: for what a real one does only by accident (late, false, half or no answers).</summary>
/// <param name="answer">The bytes that a request brings; null is none.</param>
internal sealed class ScriptedPeer(Func<RequestHeader, ReadOnlyMemory<byte>, byte[]?> answer) : ITransport
{
    /// <summary>An answer that ends the connection once it is read.</summary>
    public const int AllBytes = int.MaxValue;

    private readonly List<PeerStream> _streams = [];

    public int Connections => _streams.Count;

    /// <summary>Connections that fail so before one is let in.</summary>
    public Queue<ConnectFault> Refusals { get; } = new();

    /// <summary>Never lets anybody in, nor says so.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Bytes that one receive brings at most: frames have to be put together.</summary>
    public int PieceBytes { get; set; } = 7;

    /// <summary>Bytes of answers after which the peer closes, of each connection.</summary>
    public int ClosesAfterBytes { get; set; } = AllBytes;

    /// <summary>A send waits until the connection ends, as to a peer that is frozen.</summary>
    public bool TakesNothing { get; set; }

    public PeerStream Last => _streams[^1];

    /// <summary>A peer that serves Metadata, Fetch and Produce, and answers ApiVersions itself.</summary>
    public static ScriptedPeer Serving(Func<RequestHeader, ReadOnlyMemory<byte>, byte[]?> answer) =>
        new((header, body) => header.ApiKey == ApiKey.ApiVersions ? Frame(header, Versions(), header.ApiVersion) : answer(header, body));

    public static ApiVersionsResponse Versions() => new()
    {
        ApiKeys =
        [
            new() { ApiKey = (short)ApiKey.Metadata, MinVersion = 0, MaxVersion = 5 },
            new() { ApiKey = (short)ApiKey.Fetch, MinVersion = 4, MaxVersion = 12 },
            new() { ApiKey = (short)ApiKey.Produce, MinVersion = 3, MaxVersion = 9 },
        ],
    };

    /// <summary>The frame of an answer.</summary>
    public static byte[] Frame(RequestHeader to, IMessage message, short version)
    {
        using var writer = new MessageWriter();
        writer.WriteInt32(0);
        ResponseHeader.Write(writer, to.CorrelationId, HeaderVersions.OfResponse(to.ApiKey, version) > 0);
        message.Write(writer, version);
        writer.PatchInt32(0, writer.Length - 4);
        return writer.WrittenSpan.ToArray();
    }

    public IServerSocket Listen(string host, int port, int backlog) => throw new NotSupportedException();

    public async ValueTask<IByteStream> Connect(string host, int port, CancellationToken cancellation)
    {
        if (IsSilent) await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        if (Refusals.TryDequeue(out var fault)) throw new ConnectException(fault, $"{host}:{port}: {fault}");
        var stream = new PeerStream(this, answer);
        _streams.Add(stream);
        return stream;
    }

    internal sealed class PeerStream(ScriptedPeer peer, Func<RequestHeader, ReadOnlyMemory<byte>, byte[]?> answer) : IByteStream
    {
        private readonly Channel<byte[]> _answers = Channel.CreateUnbounded<byte[]>();
        private readonly TaskCompletionSource _closed = new();
        private ReadOnlyMemory<byte> _rest;
        private int _given;
        private bool _isBroken;

        /// <summary>The largest buffer that a receive offered: what the other side made room for.</summary>
        public int RoomMax { get; private set; }

        public string RemoteHost => "scripted";

        public int RemotePort => 1;

        public CancellationToken PeerClosed => CancellationToken.None;

        public Turn? Turn => null;

        public long Moved => 0;

        public async ValueTask<int> Receive(Memory<byte> buffer)
        {
            RoomMax = Math.Max(RoomMax, buffer.Length);
            if (_given >= peer.ClosesAfterBytes) return 0;
            if (_rest.Length == 0)
            {
                if (!await _answers.Reader.WaitToReadAsync()) return _isBroken ? throw new IOException("reset by peer") : 0;
                _rest = await _answers.Reader.ReadAsync();
            }

            var count = Math.Min(Math.Min(buffer.Length, _rest.Length), Math.Min(peer.PieceBytes, peer.ClosesAfterBytes - _given));
            _rest[..count].CopyTo(buffer);
            _rest = _rest[count..];
            _given += count;
            return count;
        }

        public async ValueTask Send(ReadOnlyMemory<byte> bytes, bool more = false)
        {
            if (peer.TakesNothing)
            {
                await _closed.Task;
                throw new IOException("closed here");
            }

            var reader = new MessageReader(bytes[4..].ToArray());
            var header = RequestHeader.Read(ref reader);
            if (answer(header, reader.Rest()) is { } frame) Push(frame);
        }

        public void Push(byte[] bytes) => _answers.Writer.TryWrite(bytes);

        /// <summary>The peer ends the connection once what it sent is read.</summary>
        public void End(bool isReset)
        {
            _isBroken = isReset;
            _answers.Writer.TryComplete();
        }

        public ValueTask SendFile(Runtime.Files.IStorageFile file, long position, int length) => throw new NotSupportedException();

        public void Close()
        {
            _answers.Writer.TryComplete();
            _closed.TrySetResult();
        }

        public void Dispose() => Close();
    }
}
