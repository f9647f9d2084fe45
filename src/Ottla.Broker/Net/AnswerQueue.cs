using Ottla.Log.Handles;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;

namespace Ottla.Broker.Net;

/// <summary>Answers of one connection that are written and not yet sent: several small ones leave with one call of the system.</summary>
/// <remarks>
/// Owned by its connection. Bytes stand in one pooled buffer, which is kept while it is small; ranges of segments are sent from their files between
/// them. A peer that does not read holds one flush at most, because its connection reads no further request meanwhile.
/// Failure: a peer that is gone is a <see cref="ConnectionLostException"/>; a file that can't be read is told to the partition that it belongs to, and
/// ends the connection, for part of the answer may have gone out.
/// </remarks>
internal sealed class AnswerQueue(IByteStream stream, RequestMemory memory) : IDisposable
{
    /// <summary>Beyond this what waits is sent before the next request is looked at: one send of this size costs the same as any larger one
    /// per byte.</summary>
    private const int FlushBytes = 64 << 10;

    /// <summary>Some flushes of small answers. A connection that got a large one once need not hold on to its memory.</summary>
    private const int KeptBytesMax = 2 * FlushBytes;

    private readonly MessageWriter _writer = new();

    public bool IsFull => _writer.TotalLength >= FlushBytes;

    public bool IsEmpty => _writer.Length == 0;

    /// <summary>Writes an answer behind the others; whatever it throws, those are as they were.</summary>
    public void Add(int correlationId, bool flexibleHeader, short version, IMessage response)
    {
        var mark = _writer.Mark;
        var before = _writer.TotalLength;
        try
        {
            _writer.WriteInt32(0);
            ResponseHeader.Write(_writer, correlationId, flexibleHeader);
            response.Write(_writer, version);
            _writer.PatchInt32(mark.Length, checked(_writer.TotalLength - before - sizeof(int)));
        }
        catch
        {
            _writer.Rewind(mark);
            throw;
        }
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
                await Send((FileRange)splice.Source).ConfigureAwait(false);
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

    private async ValueTask Send(FileRange range)
    {
        try
        {
            await stream.SendFile(range.File, range.Position, range.Length).ConfigureAwait(false);
        }
        catch (IOException fault) when (fault is not (ConnectionLostException or EndOfStreamException))
        {
            range.Failed(fault);
            throw;
        }
    }

    private void Clear()
    {
        foreach (var splice in _writer.Splices) splice.Source.Dispose();
        memory.NoteDropped(_writer.Reset(KeptBytesMax));
    }
}
