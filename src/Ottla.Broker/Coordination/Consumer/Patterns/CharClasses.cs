namespace Ottla.Broker.Coordination.Consumer.Patterns;

/// <summary>The classes of characters that a pattern may name, as RE2/J knows them: Perl's, POSIX's and Unicode's (of Unicode 6).</summary>
internal static class CharClasses
{
    private static readonly CharSet _digits = CharSet.Range('0', '9');
    private static readonly CharSet _lower = CharSet.Range('a', 'z');
    private static readonly CharSet _upper = CharSet.Range('A', 'Z');
    private static readonly CharSet _asciiLetters = _lower | _upper;
    private static readonly CharSet _ascii = CharSet.Range(0, 0x7F);
    private static readonly CharSet _controls = CharSet.Range(0, 0x1F) | CharSet.Of(0x7F);

    private static readonly Dictionary<char, CharSet> _perl = new()
    {
        ['d'] = _digits,
        ['s'] = CharSet.Of("\t\n\f\r "),
        ['w'] = _digits | _asciiLetters | CharSet.Of('_'),
    };

    private static readonly Dictionary<string, CharSet> _posix = new(StringComparer.Ordinal)
    {
        ["alnum"] = _digits | _asciiLetters,
        ["alpha"] = _asciiLetters,
        ["ascii"] = _ascii,
        ["blank"] = CharSet.Of("\t "),
        ["cntrl"] = _controls,
        ["digit"] = _digits,
        ["graph"] = CharSet.Range('!', '~'),
        ["lower"] = _lower,
        ["print"] = CharSet.Range(' ', '~'),
        ["punct"] = CharSet.Range('!', '/') | CharSet.Range(':', '@') | CharSet.Range('[', '`') | CharSet.Range('{', '~'),
        ["space"] = CharSet.Range('\t', '\r') | CharSet.Of(' '),
        ["upper"] = _upper,
        ["word"] = _perl['w'],
        ["xdigit"] = _digits | CharSet.Range('a', 'f') | CharSet.Range('A', 'F'),
    };

    /// <summary>General categories and scripts, with what they have of our characters; most have nothing.</summary>
    private static readonly Dictionary<string, CharSet> _unicode = Unicode();

    /// <summary>What categories have besides without regard to case.</summary>
    private static readonly Dictionary<string, CharSet> _unicodeFolds = new(StringComparer.Ordinal)
    {
        // of capitals only those that fold with a letter beyond ASCII as well: RE2/J has it so
        ["Ll"] = CharSet.Of("KS") | CharSet.Of(0x212A),
        ["Lu"] = _lower | CharSet.Of(0x17F),
    };

    /// <summary>`\d`, `\s`, `\w`; a capital letter means what is not in it. Null: no such class.</summary>
    public static CharSet? Perl(char name, bool fold) =>
        _perl.TryGetValue(char.ToLowerInvariant(name), out var set) ? Signed(fold ? set.Folded() : set, char.IsAsciiLetterUpper(name)) : null;

    /// <summary>`alpha`, or `^alpha` for what is not in it.</summary>
    public static CharSet? Posix(ReadOnlySpan<char> name, bool fold)
    {
        var isNegated = name is ['^', ..];
        return _posix.TryGetValue(name[(isNegated ? 1 : 0)..].ToString(), out var set) ? Signed(fold ? set.Folded() : set, isNegated) : null;
    }

    public static CharSet? OfUnicode(string name, bool isNegated, bool fold)
    {
        if (!_unicode.TryGetValue(name, out var set)) return null;
        if (fold && _unicodeFolds.TryGetValue(name, out var more)) set |= more;
        return Signed(set, isNegated);
    }

    private static CharSet Signed(CharSet set, bool isNegated) => isNegated ? ~set : set;

    private static Dictionary<string, CharSet> Unicode()
    {
        var known = new Dictionary<string, CharSet>(StringComparer.Ordinal);
        const string Empty =
            "Cf Co Cs Lm Lo Lt M Mc Me Mn Nl No Pf Pi So Zl Zp " +
            "Arabic Armenian Avestan Balinese Bamum Batak Bengali Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Cham Cherokee Coptic " +
            "Cuneiform Cypriot Cyrillic Deseret Devanagari Egyptian_Hieroglyphs Ethiopic Georgian Glagolitic Gothic Greek Gujarati Gurmukhi Han Hangul " +
            "Hanunoo Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kayah_Li " +
            "Kharoshthi Khmer Lao Lepcha Limbu Linear_B Lisu Lycian Lydian Malayalam Mandaic Meetei_Mayek Mongolian Myanmar New_Tai_Lue Nko Ogham Ol_Chiki " +
            "Old_Italic Old_Persian Old_South_Arabian Old_Turkic Oriya Osmanya Phags_Pa Phoenician Rejang Runic Samaritan Saurashtra Shavian Sinhala " +
            "Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Tamil Telugu Thaana Thai Tibetan Tifinagh Ugaritic Unknown Vai Yi";
        foreach (var name in Empty.Split(' ')) known[name] = CharSet.Empty;
        known["Any"] = CharSet.All;
        known["L"] = known["Latin"] = CharSet.Letters;
        known["Ll"] = _lower | CharSet.Of(0x17F);
        known["Lu"] = _upper | CharSet.Of(0x212A);
        known["N"] = known["Nd"] = _digits;
        known["Pc"] = CharSet.Of('_');
        known["Pd"] = CharSet.Of('-');
        known["Ps"] = CharSet.Of("([{");
        known["Pe"] = CharSet.Of(")]}");
        known["Po"] = CharSet.Of("!\"#%&'*,./:;?@\\");
        known["P"] = known["Pc"] | known["Pd"] | known["Ps"] | known["Pe"] | known["Po"];
        known["Sm"] = CharSet.Of("+<=>|~");
        known["Sc"] = CharSet.Of('$');
        known["Sk"] = CharSet.Of("^`");
        known["S"] = known["Sm"] | known["Sc"] | known["Sk"];
        known["Z"] = known["Zs"] = CharSet.Of(' ');
        known["C"] = known["Cc"] = _controls;
        known["Common"] = ~CharSet.Letters;
        return known;
    }
}
