using Ottla.Runtime.Files;
using Ottla.Runtime.Loops;
using Ottla.Runtime.Network;

namespace Ottla.Broker.Tests.Net;

/// <summary>A connection whose peer sends given pieces, one a receive, then closes; what is sent to it is kept.</summary>
internal sealed class ScriptedStream(params IEnumerable<byte[]> pieces) : IByteStream
{
    private readonly Queue<byte[]> _pieces = new(pieces);
    private int _taken;

    public string RemoteHost => "10.0.0.1";

    public int RemotePort => 1;

    public Turn? Turn => null;

    public CancellationToken PeerClosed { get; init; }

    public long Moved { get; set; }

    public bool IsClosed { get; private set; }

    public List<string> Calls { get; } = [];

    public MemoryStream Sent { get; } = new();

    /// <summary>Sending fails from now on.</summary>
    public bool IsBroken { get; set; }

    /// <summary>The largest buffer that was offered to a receive.</summary>
    public int LargestBuffer { get; private set; }

    public ValueTask<int> Receive(Memory<byte> buffer)
    {
        LargestBuffer = Math.Max(LargestBuffer, buffer.Length);
        if (buffer.Length == 0 || _pieces.Count == 0) return new(0);
        var piece = _pieces.Peek().AsMemory(_taken);
        var count = Math.Min(piece.Length, buffer.Length);
        piece[..count].CopyTo(buffer);
        _taken += count;
        if (_taken == _pieces.Peek().Length)
        {
            _pieces.Dequeue();
            _taken = 0;
        }

        return new(count);
    }

    public ValueTask Send(ReadOnlyMemory<byte> bytes, bool more = false)
    {
        if (IsBroken) throw new ConnectionLostException("broken");
        Calls.Add($"send {bytes.Length}{(more ? " and more" : "")}");
        Sent.Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask SendFile(IStorageFile file, long position, int length)
    {
        if (IsBroken) throw new ConnectionLostException("broken");
        Calls.Add($"file {length}");
        var bytes = new byte[length];
        Assert.Equal(length, file.ReadFully(position, bytes));
        Sent.Write(bytes);
        return ValueTask.CompletedTask;
    }

    public void Close() => IsClosed = true;

    public void Dispose()
    {
    }
}
