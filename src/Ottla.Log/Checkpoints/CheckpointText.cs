using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Checkpoints;

/// <summary>
/// The frame that Kafka's checkpoint files share: a line with version 0, a line with the number of entries, a line for each entry.
/// </summary>
/// <remarks>
/// An empty file has no entries (Kafka's cleaner leaves one behind). A line that does not end is torn: whoever writes these files ends
/// each, and of a number that was cut nobody can see that it was. Kafka would read it as it stands. Anything else that does not fit is a
/// problem in words, never an exception: what a broken checkpoint means differs from file to file (a lost recovery point costs a scan, a
/// lost leader epoch may cost records).
/// </remarks>
internal ref struct CheckpointText
{
    private ReadOnlySpan<byte> _rest;
    private ReadOnlySpan<byte> _line;
    private int _lineNumber;
    private bool _isTorn;

    /// <summary>Entries that the second line promises.</summary>
    public int Count { get; private set; }

    public int Read { get; private set; }

    public static bool TryOpen(ReadOnlySpan<byte> file, out CheckpointText text, out string? problem)
    {
        text = new CheckpointText { _rest = file };
        problem = null;
        if (file.IsEmpty) return true;
        if (!text.NextLine() || !text.TryNumber(out var version) || version != 0 || !text.LineEnds)
        {
            problem = "the first line is not the version 0";
            return false;
        }

        // the shortest entry is "0 0\n": a count that the file can't hold is refused before anything is allocated for it
        if (!text.NextLine() || !text.TryNumber(out var count) || count < 0 || count > file.Length / 3 || !text.LineEnds)
        {
            problem = "the second line is not the number of entries";
            return false;
        }

        text.Count = (int)count;
        return true;
    }

    /// <summary>Goes to the next entry; false at the end or where the file ends early (<see cref="Read"/> tells).</summary>
    public bool NextEntry()
    {
        if (Read == Count || !NextLine()) return false;
        Read++;
        return true;
    }

    /// <summary>Why the file is not whole; null where it is.</summary>
    public readonly string? ProblemAtEnd()
    {
        if (_isTorn) return $"line {_lineNumber} has no end: the file was cut";
        if (Read < Count) return $"{Count} entries are promised, {Read} are there";
        return _rest.Trim("\r\n \t"u8).IsEmpty ? null : $"there is more after the {Count} entries promised";
    }

    public readonly string ProblemOfLine() => $"line {_lineNumber} is not an entry";

    public bool TryWord(out ReadOnlySpan<byte> word)
    {
        _line = _line.TrimStart((byte)' ');
        var end = _line.IndexOf((byte)' ');
        if (end < 0) end = _line.Length;
        word = _line[..end];
        _line = _line[end..];
        return !word.IsEmpty;
    }

    public bool TryNumber(out long number)
    {
        number = 0;
        return TryWord(out var word) && Utf8Parser.TryParse(word, out number, out var used) && used == word.Length;
    }

    public readonly bool LineEnds => _line.Trim((byte)' ').IsEmpty;

    public static void WriteHead(ArrayBufferWriter<byte> to, int count)
    {
        to.Write("0\n"u8);
        WriteNumber(to, count);
        WriteByte(to, (byte)'\n');
    }

    public static void WriteNumber(ArrayBufferWriter<byte> to, long number)
    {
        const int digitsMax = 20;
        var fits = Utf8Formatter.TryFormat(number, to.GetSpan(digitsMax), out var written);
        Invariant.That(fits);
        to.Advance(written);
    }

    public static void WriteByte(ArrayBufferWriter<byte> to, byte value)
    {
        to.GetSpan(1)[0] = value;
        to.Advance(1);
    }

    public static void WriteText(ArrayBufferWriter<byte> to, string text)
    {
        var written = Encoding.UTF8.GetBytes(text, to.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length)));
        to.Advance(written);
    }

    private bool NextLine()
    {
        if (_rest.IsEmpty) return false;
        var end = _rest.IndexOf((byte)'\n');
        _lineNumber++;
        _isTorn = end < 0;
        if (_isTorn) return false;
        _line = _rest[..end].TrimEnd((byte)'\r');
        _rest = _rest[(end + 1)..];
        return true;
    }
}
