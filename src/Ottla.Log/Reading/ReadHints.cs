using Ottla.Log.Segments;

namespace Ottla.Log.Reading;

/// <summary>Where recent reads ended, so that the next read of who reads in order needs neither index nor header.</summary>
/// <remarks>Any thread. A hint tells where a batch begins; truncation forgets them all, and those of reads that began before it are not
/// taken.</remarks>
internal sealed class ReadHints
{
    /// <summary>Consumers of one partition that are remembered; more only cost a look into the index.</summary>
    private const int HintsMax = 6;

    private readonly Lock _lock = new();
    private readonly (Segment? Segment, long Offset, int Position)[] _hints = new (Segment?, long, int)[HintsMax];
    private int _next;
    private int _version;

    public int Version => Volatile.Read(ref _version);

    public bool TryFind(Segment segment, long offset, out int position)
    {
        lock (_lock)
        {
            foreach (ref readonly var hint in _hints.AsSpan())
            {
                if (hint.Offset != offset || hint.Segment != segment) continue;
                position = hint.Position;
                return true;
            }
        }

        position = 0;
        return false;
    }

    /// <summary>Notes that the batch with <paramref name="offset"/> begins at <paramref name="position"/>, in place of what the reader came
    /// with (<paramref name="from"/>).</summary>
    public void Note(Segment segment, long from, long offset, int position, int version)
    {
        lock (_lock)
        {
            if (version != _version) return;
            var at = _next;
            for (var i = 0; i < HintsMax; i++)
            {
                if (_hints[i].Segment == segment && _hints[i].Offset == offset) return;
                if (_hints[i].Segment == segment && _hints[i].Offset == from) at = i;
            }

            _hints[at] = (segment, offset, position);
            if (at == _next) _next = (_next + 1) % HintsMax;
        }
    }

    public void Forget()
    {
        lock (_lock)
        {
            _version++;
            Array.Clear(_hints);
        }
    }
}
