namespace Ottla.Protocol.Wire;

/// <summary>Writes the tagged fields of one structure, known and unknown, in the order of their tags (KIP-482).</summary>
/// <remarks>
/// Count and lengths are measured in place: a byte is reserved for each, and what follows moves up in the rare case that it takes more.
/// </remarks>
internal ref struct TagSection
{
    private readonly MessageWriter _writer;
    private readonly List<UnknownTag>? _unknown;
    private readonly int _start;
    private int _nextUnknown;
    private int _valueStart;
    private int _valueTotalStart;
    private uint _count;

    public TagSection(MessageWriter writer, List<UnknownTag>? unknown)
    {
        _writer = writer;
        _unknown = unknown;
        writer.WriteUInt8(0);
        _start = writer.Length;
    }

    public void Begin(int tag)
    {
        WriteUnknownBelow(tag);
        // A tag that was unknown to an older version may be known to this one; the field that was set wins.
        if (_unknown is not null && _nextUnknown < _unknown.Count && _unknown[_nextUnknown].Tag == tag) _nextUnknown++;
        _writer.WriteUnsignedVarint((uint)tag);
        _writer.WriteUInt8(0);
        _valueStart = _writer.Length;
        _valueTotalStart = _writer.TotalLength;
        _count++;
    }

    public readonly void End() => _writer.InsertVarint(_valueStart, (uint)(_writer.TotalLength - _valueTotalStart));

    public void Complete()
    {
        WriteUnknownBelow(int.MaxValue);
        _writer.InsertVarint(_start, _count);
    }

    private void WriteUnknownBelow(int tag)
    {
        if (_unknown is null) return;
        for (; _nextUnknown < _unknown.Count && (_unknown[_nextUnknown].Tag < tag || tag == int.MaxValue); _nextUnknown++)
        {
            var unknown = _unknown[_nextUnknown];
            _writer.WriteUnsignedVarint((uint)unknown.Tag);
            _writer.WriteUnsignedVarint((uint)unknown.Data.Length);
            _writer.WriteRaw(unknown.Data.Span);
            _count++;
        }
    }
}
