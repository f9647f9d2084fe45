using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Ottla.Configuration.Patterns;

/// <summary>Turns a pattern of java.util.regex into one of .NET that means the same for names in ASCII.</summary>
/// <remarks>What differs: quotations, possessive repetitions, classes in classes and their intersections, names of classes, escapes, flags.
/// What only .NET knows is refused, as Java refuses it. Failure: <see cref="ArgumentException"/> with the reason.</remarks>
internal sealed class JavaPatternTranslation(string text)
{
    /// <summary>How deep classes may stand in each other: they are read with the thread's stack.</summary>
    private const int DepthMax = 100;

    private static readonly Dictionary<char, string> _classes = new()
    {
        ['d'] = "0-9",
        ['w'] = "a-zA-Z_0-9",
        ['s'] = @"\t\n\x0B\f\r ",
        ['h'] = @"\t \u00A0",
        ['v'] = @"\n\x0B\f\r\u0085\u2028\u2029",
    };

    private static readonly Dictionary<string, string> _properties = new(StringComparer.Ordinal)
    {
        ["Lower"] = "a-z",
        ["Upper"] = "A-Z",
        ["ASCII"] = @"\x00-\x7F",
        ["Alpha"] = "a-zA-Z",
        ["Digit"] = "0-9",
        ["Alnum"] = "a-zA-Z0-9",
        ["Punct"] = @"!-/:-@\[-`{-~",
        ["Graph"] = "!-~",
        ["Print"] = " -~",
        ["Blank"] = @" \t",
        ["Cntrl"] = @"\x00-\x1F\x7F",
        ["XDigit"] = "0-9a-fA-F",
        ["Space"] = @"\t\n\x0B\f\r ",
        ["javaLowerCase"] = "a-z",
        ["javaUpperCase"] = "A-Z",
        ["javaDigit"] = "0-9",
        ["javaLetter"] = "a-zA-Z",
        ["javaLetterOrDigit"] = "a-zA-Z0-9",
        ["javaWhitespace"] = @"\t\n\x0B\f\r\x1C-\x1F ",
        ["IsAlphabetic"] = "a-zA-Z",
        ["IsLetter"] = "a-zA-Z",
        ["IsDigit"] = "0-9",
        ["IsLowercase"] = "a-z",
        ["IsUppercase"] = "A-Z",
        ["IsPunctuation"] = @"!-#%-*,-/:;?@\[-\]_{}",
        ["IsWhite_Space"] = @"\t\n\x0B\f\r ",
        ["IsLatin"] = "a-zA-Z",
    };

    private readonly StringBuilder _out = new();
    private readonly Stack<int> _groups = new();
    private int _at;

    /// <summary>Where in the output the thing begins that a repetition would repeat; -1: there is none.</summary>
    private int _atom = -1;

    public string Translate()
    {
        while (_at < text.Length)
        {
            var c = text[_at];
            switch (c)
            {
                case '\\': Escape(); break;
                case '[': Atom(ReadClass(0)); break;
                case '(': Open(); break;
                case ')': Close(); break;
                case '*' or '+' or '?': Repeat(c.ToString()); break;
                case '{': Repeat(ReadCount()); break;
                case '|' or '^' or '$': Put(c.ToString(), isAtom: c != '|'); break;
                default: Atom(Next()); break;
            }
        }
        if (_groups.Count > 0) throw new ArgumentException("Unclosed group");
        return _out.ToString();
    }

    /// <summary>A character as it stands; a pair of surrogates is one.</summary>
    private string Next()
    {
        var length = char.IsSurrogatePair(text, _at) ? 2 : 1;
        _at += length;
        var taken = text[(_at - length).._at];
        return length == 2 ? $"(?:{taken})" : taken;
    }

    private void Atom(string translated)
    {
        _atom = _out.Length;
        _out.Append(translated);
    }

    private void Put(string translated, bool isAtom)
    {
        _at++;
        Atom(translated);
        if (!isAtom) _atom = -1;
    }

    private void Repeat(string count)
    {
        if (_atom < 0) throw new ArgumentException($"Dangling meta character '{count[0]}'");
        _at += count.Length;
        var kind = _at < text.Length && text[_at] is '+' or '?' ? text[_at++] : ' ';
        _out.Append(count);
        if (kind == '?') _out.Append('?');
        // what a possessive repetition has taken it does not give back
        if (kind == '+') _out.Insert(_atom, "(?>").Append(')');
        _atom = -1;
    }

    private string ReadCount()
    {
        var end = text.IndexOf('}', _at);
        var count = end < 0 ? "" : text[_at..(end + 1)];
        return Regex.IsMatch(count, @"\A\{[0-9]{1,9}(,[0-9]{0,9})?\}\z", RegexOptions.NonBacktracking) ? count : throw new ArgumentException("Illegal repetition");
    }

    private void Open()
    {
        _groups.Push(_out.Length);
        _atom = -1;
        if (_at + 1 >= text.Length || text[_at + 1] != '?')
        {
            _at++;
            _out.Append('(');
            return;
        }
        _at += 2;
        foreach (var known in new[] { "<=", "<!", ":", "=", "!", ">" })
        {
            if (!text.AsSpan(_at).StartsWith(known)) continue;
            _out.Append("(?").Append(known);
            _at += known.Length;
            return;
        }
        if (_at < text.Length && text[_at] == '<') OpenNamed();
        else OpenWithFlags();
    }

    private void OpenNamed()
    {
        var end = text.IndexOf('>', _at);
        var name = end < 0 ? "" : text[(_at + 1)..end];
        if (name.Length == 0 || !char.IsAsciiLetter(name[0]) || !name.All(char.IsAsciiLetterOrDigit))
            throw new ArgumentException("named capturing group is missing trailing '>' or has no name of letters and digits");
        _out.Append("(?<").Append(name).Append('>');
        _at = end + 1;
    }

    /// <summary>`d`, `u` and `U` change nothing for ASCII.</summary>
    private void OpenWithFlags()
    {
        var flags = new StringBuilder();
        for (; _at < text.Length && text[_at] is not (')' or ':'); _at++)
        {
            if (!"idmsuxU-".Contains(text[_at], StringComparison.Ordinal)) throw new ArgumentException("Unknown inline modifier");
            if ("imsx-".Contains(text[_at], StringComparison.Ordinal)) flags.Append(text[_at]);
        }
        if (_at >= text.Length) throw new ArgumentException("Unknown inline modifier");
        var told = flags.ToString().TrimEnd('-');
        if (text[_at++] == ':')
        {
            _out.Append("(?").Append(told).Append(':');
            return;
        }
        _groups.Pop();
        if (told.Length > 0) _out.Append("(?").Append(told).Append(')');
    }

    private void Close()
    {
        if (!_groups.TryPop(out var began)) throw new ArgumentException("Unmatched closing ')'");
        _at++;
        _out.Append(')');
        _atom = began;
    }

    private void Escape()
    {
        if (_at + 1 >= text.Length) throw new ArgumentException("Unexpected internal error: a backslash at the end");
        switch (text[_at + 1])
        {
            case 'Q':
                Quotation();
                break;
            case 'b' or 'B' or 'A' or 'G' or 'z' or 'Z':
                Atom(text.Substring(_at, 2));
                _at += 2;
                break;
            case 'R':
                _at += 2;
                Atom(@"(?:\r\n|[\n\x0B\f\r\u0085\u2028\u2029])");
                break;
            case >= '1' and <= '9':
                Atom(text.Substring(_at, 2));
                _at += 2;
                break;
            case 'k':
                var end = text.IndexOf('>', _at);
                if (end < 0) throw new ArgumentException(@"\k is not followed by '<' for named capturing group");
                Atom(text[_at..(end + 1)]);
                _at = end + 1;
                break;
            default:
                Atom(TryReadNamed(out var named) ? $"[{named}]" : Regex.Escape(ReadEscaped()));
                break;
        }
    }

    private void Quotation()
    {
        _at += 2;
        var end = text.IndexOf(@"\E", _at, StringComparison.Ordinal);
        var last = end < 0 ? text.Length : end;
        while (_at < last) Atom(text[_at] <= ' ' ? Next() : Regex.Escape(Next()));
        if (end >= 0) _at += 2;
    }

    /// <summary>`\d` and its like, `\p{Lower}`: what stands between the brackets of .NET's class.</summary>
    private bool TryReadNamed(out string members)
    {
        members = "";
        var kind = text[_at + 1];
        if (kind is 'p' or 'P')
        {
            members = (kind == 'P' ? "^" : "") + ReadProperty();
            return true;
        }
        if (!_classes.TryGetValue(char.ToLowerInvariant(kind), out var known)) return false;
        members = (char.IsAsciiLetterUpper(kind) ? "^" : "") + known;
        _at += 2;
        return true;
    }

    private string ReadProperty()
    {
        var name = _at + 2 < text.Length ? text[_at + 2].ToString() : "";
        var end = _at + 3;
        if (name == "{")
        {
            end = text.IndexOf('}', _at) + 1;
            if (end == 0) throw new ArgumentException("Unclosed character family");
            name = text[(_at + 3)..(end - 1)];
        }
        _at = end;
        if (_properties.TryGetValue(name, out var known)) return known;
        // general categories have the same names in both
        var category = name.StartsWith("Is", StringComparison.Ordinal) ? name[2..] : name;
        if (category.Length is 1 or 2 && char.IsAsciiLetterUpper(category[0])) return $@"\p{{{category}}}";
        throw new ArgumentException($"Unknown character property name {{{name}}}");
    }

    /// <summary>An escape that stands for one character.</summary>
    private string ReadEscaped()
    {
        var c = text[_at + 1];
        _at += 2;
        switch (c)
        {
            case 't': return "\t";
            case 'n': return "\n";
            case 'r': return "\r";
            case 'f': return "\f";
            case 'a': return "\a";
            case 'e': return "\x1B";
            case '0': return ReadNumber(3, 8, "Illegal octal escape sequence");
            case 'c' when _at < text.Length: return ((char)(text[_at++] ^ 64)).ToString();
            case 'u': return ReadNumber(4, 16, "Illegal Unicode escape sequence", least: 4);
            case 'x' when _at < text.Length && text[_at] == '{':
                _at++;
                var braced = ReadNumber(6, 16, "Illegal hexadecimal escape sequence");
                if (_at >= text.Length || text[_at++] != '}') throw new ArgumentException("Unclosed hexadecimal escape sequence");
                return braced;
            case 'x': return ReadNumber(2, 16, "Illegal hexadecimal escape sequence", least: 2);
        }
        if (char.IsAsciiLetter(c)) throw new ArgumentException("Illegal/unsupported escape sequence");
        return c.ToString();
    }

    private string ReadNumber(int most, int radix, string complaint, int least = 1)
    {
        var (value, digits) = (0, 0);
        for (; digits < most && _at < text.Length && IsDigit(text[_at], radix) && value * radix <= 0x10FFFF; digits++, _at++)
            value = value * radix + int.Parse(text.AsSpan(_at, 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (digits < least || value > 0x10FFFF) throw new ArgumentException(complaint);
        return value is >= 0xD800 and <= 0xDFFF ? ((char)value).ToString() : char.ConvertFromUtf32(value);
    }

    private static bool IsDigit(char c, int radix) => radix == 8 ? c is >= '0' and <= '7' : char.IsAsciiHexDigit(c);

    /// <summary>A class with its brackets, as an expression that takes one character: `[a-z&amp;&amp;[^b]]` has no form as one of .NET's classes.</summary>
    private string ReadClass(int depth)
    {
        if (depth > DepthMax) throw new ArgumentException("Too many classes in classes");
        _at++;
        var isNegated = _at < text.Length && text[_at] == '^';
        if (isNegated) _at++;
        List<string> all = [];
        var (members, others) = (new StringBuilder(), new List<string>());
        for (var isFirst = true; ; isFirst = false)
        {
            if (_at >= text.Length) throw new ArgumentException("Unclosed character class");
            if (text[_at] == ']' && !isFirst) break;
            if (text[_at] == '[') others.Add(ReadClass(depth + 1));
            else if (text.AsSpan(_at).StartsWith("&&"))
            {
                _at += 2;
                if (members.Length > 0 || others.Count > 0) all.Add(Union(members, others));
                (members, others) = (new StringBuilder(), []);
            }
            else if (text[_at] == '\\' && _at + 1 < text.Length && TryReadNamed(out var named)) others.Add($"[{named}]");
            else ReadRange(members);
        }
        _at++;
        if (members.Length > 0 || others.Count > 0) all.Add(Union(members, others));
        if (all.Count == 0) throw new ArgumentException("Bad class syntax");
        var together = all.Count == 1 ? all[0] : $"(?:{string.Concat(all.Skip(1).Select(static one => $"(?={one})"))}{all[0]})";
        return isNegated ? $@"(?:(?!{together})[\s\S])" : together;
    }

    private static string Union(StringBuilder members, List<string> others)
    {
        if (members.Length > 0) others.Insert(0, $"[{members}]");
        return others.Count == 1 ? others[0] : $"(?:{string.Join('|', others)})";
    }

    private void ReadRange(StringBuilder members)
    {
        var first = ReadMember();
        members.Append(Quoted(first));
        if (_at + 1 >= text.Length || text[_at] != '-' || text[_at + 1] is ']' or '[') return;
        _at++;
        var last = ReadMember();
        if (string.CompareOrdinal(last, first) < 0) throw new ArgumentException("Illegal character range");
        members.Append('-').Append(Quoted(last));
    }

    private string ReadMember()
    {
        if (text[_at] == '\\' && _at + 1 < text.Length) return ReadEscaped();
        return text[_at++].ToString();
    }

    private static string Quoted(string character) => character is "[" or "]" or "\\" or "^" or "-" ? "\\" + character : character;
}
