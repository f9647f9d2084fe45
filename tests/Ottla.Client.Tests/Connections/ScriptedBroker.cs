using System.Threading.Channels;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;

namespace Ottla.Client.Tests.Connections;

/// <summary>A broker that answers as a test says: for what a real one does only by accident (late, false or no answers).</summary>
internal sealed class ScriptedBroker(Func<RequestHeader, ReadOnlyMemory<byte>, byte[]?> answer) : ITransport
{
    public int Connections { get; private set; }

    /// <summary>Connections that are refused before one is let in.</summary>
    public int Refusals { get; set; }

    public IServerSocket Listen(string host, int port, int backlog) => throw new NotSupportedException();

    public ValueTask<IByteStream> Connect(string host, int port, CancellationToken cancellation)
    {
        if (Refusals-- > 0) throw new IOException("refused");
        Connections++;
        return new(new Stream(answer));
    }

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

    private sealed class Stream(Func<RequestHeader, ReadOnlyMemory<byte>, byte[]?> answer) : IByteStream
    {
        public Runtime.Loops.Turn? Turn => null;

        public CancellationToken PeerClosed => default;

        private readonly Channel<byte[]> _answers = Channel.CreateUnbounded<byte[]>();
        private byte[] _rest = [];

        public string RemoteHost => "scripted";

        public int RemotePort => 1;

        public async ValueTask<int> Receive(Memory<byte> buffer)
        {
            if (_rest.Length == 0)
            {
                if (!await _answers.Reader.WaitToReadAsync()) throw new IOException("closed");
                _rest = await _answers.Reader.ReadAsync();
            }

            // small pieces: frames have to be put together
            var count = Math.Min(Math.Min(buffer.Length, _rest.Length), 7);
            _rest.AsSpan(0, count).CopyTo(buffer.Span);
            _rest = _rest[count..];
            return count;
        }

        public ValueTask Send(ReadOnlyMemory<byte> bytes, bool more = false)
        {
            var reader = new MessageReader(bytes[4..].ToArray());
            var header = RequestHeader.Read(ref reader);
            if (answer(header, reader.Rest()) is { } frame) _answers.Writer.TryWrite(frame);
            return ValueTask.CompletedTask;
        }

        public ValueTask SendFile(Ottla.Runtime.Files.IStorageFile file, long position, int length) => throw new NotSupportedException();

        public void Close() => _answers.Writer.TryComplete();

        public void Dispose() => Close();
    }
}
