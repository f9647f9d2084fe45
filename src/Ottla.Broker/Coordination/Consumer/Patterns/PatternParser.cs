namespace Ottla.Broker.Coordination.Consumer.Patterns;

/// <summary>Reads a pattern in the syntax of RE2/J, by which Kafka reads subscriptions: Perl's without look-around and back
/// references.</summary>
/// <remarks>
/// Used once for a pattern. It keeps a stack of groups of its own, so that no pattern exhausts the thread's; what is built is bounded
/// (<see cref="Limits"/>). Flags: `i` counts; `m`, `s` and `U` are read and change nothing, for a name has one line and is matched as a
/// whole. Failure: <see cref="PatternException"/>, with the reason as Kafka words it.
/// </remarks>
internal sealed class PatternParser(string text)
{
    private readonly Stack<Group> _groups = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private Group _group = new(Fold: false);
    private bool _fold;
    private int _at;

    /// <summary>A parenthesis that is open, or the whole: its ways so far, and what the last of them has.</summary>
    /// <param name="Fold">The flag before it, which holds again behind it.</param>
    private sealed record Group(bool Fold)
    {
        public List<PatternNode> Ways { get; } = [];

        public List<PatternNode> Parts { get; set; } = [];

        public PatternNode Close()
        {
            Ways.Add(PatternNode.Of(Parts));
            return PatternNode.AnyOf(Ways);
        }
    }

    private bool IsAtEnd => _at >= text.Length;

    private ReadOnlySpan<char> Rest => text.AsSpan(_at);

    /// <exception cref="PatternException">It is no pattern, or one that is too large.</exception>
    public PatternNode Parse()
    {
        // where a repetition began that was read just now: another one may not follow
        int? repeated = null;
        while (!IsAtEnd)
        {
            var began = _at;
            int? repeatedHere = null;
            switch (text[_at])
            {
                case '(': Open(); break;
                case ')': Close(); break;
                case '|':
                    _at++;
                    _group.Ways.Add(PatternNode.Of(_group.Parts));
                    _group.Parts = [];
                    break;
                case '^': Skip(new At(PlaceKind.Start), 1); break;
                case '$': Skip(new At(PlaceKind.End), 1); break;
                case '.': Skip(new OneOf(CharSet.All), 1); break;
                case '[': Add(new OneOf(ReadClass())); break;
                case '*': repeatedHere = Repeat(began, 1, 0, null, repeated); break;
                case '+': repeatedHere = Repeat(began, 1, 1, null, repeated); break;
                case '?': repeatedHere = Repeat(began, 1, 0, 1, repeated); break;
                case '{' when RepeatCount.TryRead(Rest, out var count): repeatedHere = Repeat(began, count.Chars, count.Least, count.Most, repeated); break;
                case '\\': Escape(); break;
                default:
                    // a brace that begins no count is a character, which RE2/J lets nobody repeat all the same
                    if (text[_at] == '{') repeatedHere = began;
                    Add(Literal(ReadCodePoint()));
                    break;
            }
            repeated = repeatedHere;
        }
        if (_groups.Count > 0) throw new PatternException("missing closing )");
        return Bounded(_group.Close());
    }

    private void Add(PatternNode node) => _group.Parts.Add(Bounded(node));

    private static PatternNode Bounded(PatternNode node)
    {
        if (node.Depth > Limits.PatternDepthMax) throw new PatternException("expression nests too deeply");
        if (node.Steps > Limits.PatternStepsMax) throw new PatternException("expression is too large");
        return node;
    }

    private void Skip(PatternNode node, int chars)
    {
        _at += chars;
        Add(node);
    }

    private OneOf Literal(int codePoint)
    {
        var set = CharSet.Of(codePoint);
        return new OneOf(_fold ? set.Folded() : set);
    }

    private int ReadCodePoint()
    {
        var codePoint = char.IsSurrogatePair(text, _at) ? char.ConvertToUtf32(text, _at) : text[_at];
        _at += codePoint > char.MaxValue ? 2 : 1;
        return codePoint;
    }

    private int Repeat(int began, int chars, int least, int? most, int? repeated)
    {
        _at += chars;
        if (!IsAtEnd && text[_at] == '?') _at++;
        if (repeated is not null) throw new PatternException("invalid nested repetition operator");
        if (_group.Parts.Count == 0) throw new PatternException("missing argument to repetition operator");
        var part = _group.Parts[^1];
        _group.Parts.RemoveAt(_group.Parts.Count - 1);
        Add(PatternNode.Times(part, least, most));
        return began;
    }

    private void Open()
    {
        if (Rest is ['(', '?', ..])
        {
            OpenWithFlags();
            return;
        }
        _at++;
        Begin();
    }

    private void Begin()
    {
        if (_groups.Count >= Limits.PatternDepthMax) throw new PatternException("expression nests too deeply");
        _groups.Push(_group);
        _group = new Group(_fold);
    }

    private void Close()
    {
        if (_groups.Count == 0) throw new PatternException("unexpected )");
        _at++;
        var closed = _group;
        _group = _groups.Pop();
        _fold = closed.Fold;
        Add(closed.Close());
    }

    /// <summary>`(?flags)`, `(?flags:`, `(?P&lt;name&gt;` and `(?&lt;name&gt;`.</summary>
    private void OpenWithFlags()
    {
        var before = _fold;
        if (Rest.StartsWith("(?P<") || Rest.StartsWith("(?<"))
        {
            OpenNamed();
            return;
        }
        _at += 2;
        var (isOff, saw) = (false, false);
        while (true)
        {
            if (IsAtEnd) throw new PatternException("invalid or unsupported Perl syntax");
            switch (text[_at++])
            {
                case 'i':
                    _fold = !isOff;
                    saw = true;
                    break;
                case 'm' or 's' or 'U': saw = true; break;
                case '-' when !isOff: (isOff, saw) = (true, false); break;
                case ')' when saw || !isOff: return;
                case ':' when saw || !isOff:
                    Begin();
                    _group = new Group(before);
                    return;
                default: throw new PatternException("invalid or unsupported Perl syntax");
            }
        }
    }

    private void OpenNamed()
    {
        var from = text.IndexOf('<', _at) + 1;
        var end = text.IndexOf('>', from);
        var name = end < 0 ? "" : text[from..end];
        if (name.Length == 0 || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_')) throw new PatternException("invalid named capture");
        if (!_names.Add(name)) throw new PatternException("duplicate capture group name");
        _at = end + 1;
        Begin();
    }

    private void Escape()
    {
        switch (Rest)
        {
            case ['\\', 'A', ..]: Skip(new At(PlaceKind.Start), 2); return;
            case ['\\', 'z', ..]: Skip(new At(PlaceKind.End), 2); return;
            case ['\\', 'b', ..]: Skip(new At(PlaceKind.WordEdge), 2); return;
            case ['\\', 'B', ..]: Skip(new At(PlaceKind.NoWordEdge), 2); return;
            case ['\\', 'Q', ..]: Quotation(); return;
        }
        Add(TryReadNamedClass(out var set) ? new OneOf(set) : Literal(ReadEscape()));
    }

    /// <summary>`\Q...\E`, or to the end: as it stands.</summary>
    private void Quotation()
    {
        _at += 2;
        var end = text.IndexOf(@"\E", _at, StringComparison.Ordinal);
        var last = end < 0 ? text.Length : end;
        while (_at < last) Add(Literal(ReadCodePoint()));
        if (end >= 0) _at += 2;
    }

    private CharSet ReadClass()
    {
        _at++;
        var isNegated = Rest is ['^', ..];
        if (isNegated) _at++;
        var (set, isFirst) = (CharSet.Empty, true);
        while (IsAtEnd || text[_at] != ']' || isFirst)
        {
            isFirst = false;
            if (TryReadPosix(out var named) || TryReadNamedClass(out named)) set |= named;
            else set |= ReadRange();
        }
        _at++;
        return isNegated ? ~set : set;
    }

    private CharSet ReadRange()
    {
        var first = ReadClassChar();
        var last = first;
        if (Rest is ['-', not ']', ..])
        {
            _at++;
            last = ReadClassChar();
            if (last < first) throw new PatternException("invalid character class range");
        }
        var set = CharSet.Range(first, last);
        return _fold ? set.Folded() : set;
    }

    private int ReadClassChar()
    {
        if (IsAtEnd) throw new PatternException("missing closing ]");
        return text[_at] == '\\' ? ReadEscape() : ReadCodePoint();
    }

    /// <summary>`[:alpha:]`, inside of brackets. Without its end it is just a bracket.</summary>
    private bool TryReadPosix(out CharSet set)
    {
        set = default;
        if (Rest is not ['[', ':', ..]) return false;
        var end = text.IndexOf(":]", _at + 2, StringComparison.Ordinal);
        if (end < 0) return false;
        set = CharClasses.Posix(text.AsSpan(_at + 2, end - _at - 2), _fold) ?? throw new PatternException("invalid character class range");
        _at = end + 2;
        return true;
    }

    /// <summary>`\d` and its like, `\pN`, `\p{Greek}`, `\p{^Greek}`.</summary>
    private bool TryReadNamedClass(out CharSet set)
    {
        set = default;
        if (Rest is not ['\\', var kind, ..]) return false;
        if (kind is 'p' or 'P')
        {
            set = ReadUnicode(kind == 'P');
            return true;
        }
        if (CharClasses.Perl(kind, _fold) is not { } perl) return false;
        set = perl;
        _at += 2;
        return true;
    }

    private CharSet ReadUnicode(bool isNegated)
    {
        _at += 2;
        string name;
        if (Rest is ['{', ..])
        {
            var end = text.IndexOf('}', _at);
            name = end < 0 ? "" : text[(_at + 1)..end];
            _at = end + 1;
        }
        else
        {
            name = IsAtEnd ? "" : text[_at..++_at];
        }
        if (name is ['^', ..]) (name, isNegated) = (name[1..], !isNegated);
        return CharClasses.OfUnicode(name, isNegated, _fold) ?? throw new PatternException("invalid character class range");
    }

    private int ReadEscape()
    {
        _at++;
        if (IsAtEnd) throw new PatternException("trailing backslash at end of expression");
        var c = text[_at];
        switch (c)
        {
            // a digit alone is a back reference, which there is none of
            case >= '1' and <= '7' when Rest is [_, < '0' or > '7', ..] or [_]: throw Unknown();
            case >= '0' and <= '7': return ReadOctal();
            case 'x': return ReadHex();
            case 'a' or 'f' or 'n' or 'r' or 't' or 'v':
                _at++;
                return c switch { 'a' => '\a', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', _ => '\v' };
            default: return char.IsAsciiLetterOrDigit(c) ? throw Unknown() : ReadCodePoint();
        }
    }

    private int ReadOctal()
    {
        var value = 0;
        for (var i = 0; i < 3 && Rest is [>= '0' and <= '7' and var digit, ..]; i++, _at++) value = value * 8 + digit - '0';
        return value;
    }

    /// <summary>`\x61` or `\x{61}`.</summary>
    private int ReadHex()
    {
        _at++;
        var isBraced = Rest is ['{', ..];
        if (isBraced) _at++;
        var (value, digits) = (0, 0);
        for (; !IsAtEnd && (isBraced || digits < 2) && char.IsAsciiHexDigit(text[_at]); digits++, _at++)
        {
            value = value * 16 + Convert.ToInt32(text[_at].ToString(), 16);
            if (value > 0x10FFFF) throw Unknown();
        }
        if (isBraced ? digits == 0 || Rest is not ['}', ..] : digits < 2) throw Unknown();
        if (isBraced) _at++;
        return value;
    }

    private static PatternException Unknown() => new("invalid escape sequence");
}

/// <summary>A text that is no pattern, and why.</summary>
internal sealed class PatternException(string reason) : Exception(reason);
