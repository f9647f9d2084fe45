using Ottla.Log.Handles;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;

namespace Ottla.Broker.Net;

/// <summary>Answers of one connection that are written and not yet sent: several small ones leave with one call of the system.</summary>
/// <remarks>
/// Owned by its connection. Bytes stand in one pooled buffer that is given back when all is sent; ranges of segments are sent from their
/// files between them.
/// A peer that does not read holds one flush at most, because its connection reads no further request meanwhile.
/// </remarks>
internal sealed class AnswerQueue(IByteStream stream) : IDisposable
{
    /// <summary>Beyond this what waits is sent before the next request is looked at: one send of this size costs the same as any larger one
    /// per byte.</summary>
    private const int FlushBytes = 64 << 10;

    private readonly MessageWriter _writer = new();

    public bool IsFull => _writer.TotalLength >= FlushBytes;

    public bool IsEmpty => _writer.Length == 0;

    public void Add(int correlationId, bool flexibleHeader, short version, IMessage response)
    {
        var start = _writer.Length;
        var before = _writer.TotalLength;
        _writer.WriteInt32(0);
        ResponseHeader.Write(_writer, correlationId, flexibleHeader);
        response.Write(_writer, version);
        _writer.PatchInt32(start, checked((int)(_writer.TotalLength - before - sizeof(int))));
    }

    public async ValueTask Flush()
    {
        if (IsEmpty) return;
        try
        {
            var sent = 0;
            foreach (var splice in _writer.Splices)
            {
                await stream.Send(_writer.WrittenMemory[sent..splice.Position], more: true).ConfigureAwait(false);
                sent = splice.Position;
                var range = (FileRange)splice.Source;
                await stream.SendFile(range.File, range.Position, range.Length).ConfigureAwait(false);
            }

            if (sent < _writer.Length) await stream.Send(_writer.WrittenMemory[sent..]).ConfigureAwait(false);
        }
        finally
        {
            Clear();
        }
    }

    public void Dispose()
    {
        Clear();
        _writer.Dispose();
    }

    private void Clear()
    {
        foreach (var splice in _writer.Splices) splice.Source.Dispose();
        _writer.Reset();
    }
}
