using System.Globalization;
using System.Text;
using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Wire;

/// <summary>A stored record that can be printed.</summary>
public interface IJsonMessage : IMessage
{
    /// <exception cref="UnsupportedVersionException">There is no such version.</exception>
    void WriteJson(JsonText json, short version);
}

/// <summary>JSON as Apache Kafka's tools print it: no blanks, bytes in base64, ids in their 22 characters, fractions always with a
/// point.</summary>
/// <remarks>For tools alone. By hand, since a JSON library takes longer to load than a tool takes to print.</remarks>
public sealed class JsonText
{
    private readonly StringBuilder _text = new();

    /// <summary>Something stands before the next name or element: a comma is due.</summary>
    private bool _comma;

    public override string ToString() => _text.ToString();

    public void BeginObject() => Begin('{');

    public void EndObject() => End('}');

    public void BeginArray() => Begin('[');

    public void EndArray() => End(']');

    public void Name(string name)
    {
        Value(name);
        _text.Append(':');
        _comma = false;
    }

    public void Null() => Raw("null");

    public void Value(bool value) => Raw(value ? "true" : "false");

    public void Value(long value) => Raw(value.ToString(CultureInfo.InvariantCulture));

    public void Value(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        Raw(text.AsSpan().ContainsAny(".EN") ? text : text + ".0");
    }

    public void Value(Uuid value) => Value(value.ToString());

    public void Value(ReadOnlyMemory<byte> value) => Value(Convert.ToBase64String(value.Span));

    /// <summary>Records are large: only their size is printed.</summary>
    public void Value(Records value) => Value(value.Length);

    public void Value(string value)
    {
        Separate();
        _text.Append('"');
        foreach (var letter in value) Append(letter);
        _text.Append('"');
    }

    /// <summary>Text that is JSON already.</summary>
    public void Raw(string text)
    {
        Separate();
        _text.Append(text);
    }

    private void Append(char letter)
    {
        switch (letter)
        {
            case '"' or '\\':
                _text.Append('\\').Append(letter);
                break;
            case '\n':
                _text.Append("\\n");
                break;
            case '\r':
                _text.Append("\\r");
                break;
            case '\t':
                _text.Append("\\t");
                break;
            case '\b':
                _text.Append("\\b");
                break;
            case '\f':
                _text.Append("\\f");
                break;
            case < ' ':
                _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}");
                break;
            default:
                _text.Append(letter);
                break;
        }
    }

    private void Begin(char bracket)
    {
        Separate();
        _text.Append(bracket);
        _comma = false;
    }

    private void End(char bracket)
    {
        _text.Append(bracket);
        _comma = true;
    }

    private void Separate()
    {
        if (_comma) _text.Append(',');
        _comma = true;
    }
}
