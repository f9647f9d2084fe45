namespace Ottla.Broker.Coordination.Consumer.Patterns;

/// <summary>What of the characters that names of topics are made of stands in a class: ASCII, and the two letters beyond it that fold to
/// ASCII ones.</summary>
/// <remarks>No name has another character, so nobody needs to know of Unicode more than which of its classes have some of these.</remarks>
internal readonly record struct CharSet
{
    /// <summary>U+017F: without regard to case it is an `s`.</summary>
    private const int LongS = 0x17F;

    /// <summary>U+212A: without regard to case it is a `k`.</summary>
    private const int Kelvin = 0x212A;

    private const int AsciiCount = 128;

    private readonly UInt128 _ascii;
    private readonly bool _longS;
    private readonly bool _kelvin;

    private CharSet(UInt128 ascii, bool longS, bool kelvin) => (_ascii, _longS, _kelvin) = (ascii, longS, kelvin);

    public static CharSet Empty => default;

    public static CharSet All => new(UInt128.MaxValue, true, true);

    public static CharSet Letters => Range('a', 'z') | Range('A', 'Z') | Both;

    /// <summary>The two that are not ASCII.</summary>
    public static CharSet Both => Of(LongS) | Of(Kelvin);

    public static CharSet Of(int codePoint) => Range(codePoint, codePoint);

    public static CharSet Of(string characters)
    {
        var set = Empty;
        foreach (var c in characters) set |= Of(c);
        return set;
    }

    /// <summary>Both ends included.</summary>
    public static CharSet Range(int first, int last)
    {
        var ascii = UInt128.Zero;
        for (var c = first; c <= Math.Min(last, AsciiCount - 1); c++) ascii |= UInt128.One << c;
        return new(ascii, first <= LongS && LongS <= last, first <= Kelvin && Kelvin <= last);
    }

    public static CharSet operator |(CharSet left, CharSet right) =>
        new(left._ascii | right._ascii, left._longS | right._longS, left._kelvin | right._kelvin);

    public static CharSet operator ~(CharSet set) => new(~set._ascii, !set._longS, !set._kelvin);

    public bool Has(char c) => c < AsciiCount && (_ascii >> c & UInt128.One) != UInt128.Zero;

    /// <summary>With each letter in both cases.</summary>
    public CharSet Folded()
    {
        var folded = _ascii;
        for (var c = 'a'; c <= 'z'; c++)
        {
            var both = UInt128.One << c | UInt128.One << c - 'a' + 'A';
            if ((_ascii & both) != UInt128.Zero || (c == 's' && _longS) || (c == 'k' && _kelvin)) folded |= both;
        }
        var set = new CharSet(folded, _longS, _kelvin);
        return new(folded, set.Has('s'), set.Has('k'));
    }
}
