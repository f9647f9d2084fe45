using System.Globalization;

namespace Ottla.Configuration.Definitions;

/// <summary>Numbers as Java reads them, since that is what people have in their files: `+5`, `0.5f`, `1.`, `0x1p-1`, `Infinity`.</summary>
/// <remarks>.NET's own parsers take less (suffixes, hexadecimal floats) and more (`infinity`, a trailing NUL), so syntax is judged here and
/// only what is plainly decimal goes to them. Nothing is allocated; a text that is no number is answered with false.</remarks>
internal static class JavaNumbers
{
    private const int MantissaBits = 64;

    /// <summary>An exponent beyond this is zero or infinity whatever its digits are.</summary>
    private const int ExponentMax = 100_000;

    /// <summary>Cuts what Java's `trim` cuts: every character up to the blank, and no other white space.</summary>
    public static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text)
    {
        var from = 0;
        var to = text.Length;
        while (from < to && text[from] <= ' ') from++;
        while (to > from && text[to - 1] <= ' ') to--;
        return text[from..to];
    }

    /// <summary>A sign and decimal digits, of any script as in Java.</summary>
    public static bool TryReadWhole(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        var isNegative = !text.IsEmpty && text[0] == '-';
        if (!text.IsEmpty && text[0] is '+' or '-') text = text[1..];
        if (text.IsEmpty) return false;
        foreach (var letter in text)
        {
            var digit = letter is >= '0' and <= '9' ? letter - '0' : CharUnicodeInfo.GetDecimalDigitValue(letter);
            if (digit < 0) return false;

            // counted downwards: the least number has no positive counterpart
            if (value < (long.MinValue + digit) / 10) return false;
            value = (value * 10) - digit;
        }

        if (isNegative) return true;
        if (value == long.MinValue) return false;
        value = -value;
        return true;
    }

    public static bool TryReadDouble(ReadOnlySpan<char> text, out double value)
    {
        value = 0;
        var isNegative = !text.IsEmpty && text[0] == '-';
        if (!text.IsEmpty && text[0] is '+' or '-') text = text[1..];
        if (text is "NaN") value = double.NaN;
        else if (text is "Infinity") value = double.PositiveInfinity;
        else
        {
            if (!text.IsEmpty && text[^1] is 'f' or 'F' or 'd' or 'D' && !EndsAsHexDigits(text)) text = text[..^1];
            var isHex = text.Length > 2 && text[0] == '0' && text[1] is 'x' or 'X';
            if (!(isHex ? TryReadHex(text[2..], out value) : TryReadDecimal(text, out value))) return false;
        }

        if (isNegative) value = -value;
        return true;
    }

    // in 0x1f the letter is a digit, and the number lacks its exponent anyway
    private static bool EndsAsHexDigits(ReadOnlySpan<char> text) =>
        text.Length > 2 && text[1] is 'x' or 'X' && !text.Contains('p') && !text.Contains('P');

    private static bool TryReadDecimal(ReadOnlySpan<char> text, out double value)
    {
        value = 0;
        var at = 0;
        var digits = CountDigits(text, ref at);
        if (at < text.Length && text[at] == '.')
        {
            at++;
            digits += CountDigits(text, ref at);
        }

        if (digits == 0) return false;
        if (at < text.Length && text[at] is 'e' or 'E')
        {
            at++;
            if (at < text.Length && text[at] is '+' or '-') at++;
            if (CountDigits(text, ref at) == 0) return false;
        }

        const NumberStyles plain = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return at == text.Length && double.TryParse(text, plain, CultureInfo.InvariantCulture, out value);
    }

    private static int CountDigits(ReadOnlySpan<char> text, ref int at)
    {
        var from = at;
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        return at - from;
    }

    /// <summary>What follows `0x`: hexadecimal digits with a point or none, then `p` and a power of two.</summary>
    private static bool TryReadHex(ReadOnlySpan<char> text, out double value)
    {
        value = 0;
        ulong mantissa = 0;
        var isPastPoint = false;
        var digits = 0;
        long exponent = 0;
        var at = 0;
        for (; at < text.Length && text[at] is not ('p' or 'P'); at++)
        {
            if (text[at] == '.')
            {
                if (isPastPoint) return false;
                isPastPoint = true;
                continue;
            }

            if (!char.IsAsciiHexDigit(text[at])) return false;
            digits++;
            var digit = (ulong)(text[at] <= '9' ? text[at] - '0' : (text[at] | 0x20) - 'a' + 10);
            if (mantissa >> (MantissaBits - 4) == 0)
            {
                mantissa = (mantissa << 4) | digit;
                if (isPastPoint) exponent -= 4;
            }
            else
            {
                // what no longer fits only says on which side of the half the number lies
                if (digit != 0) mantissa |= 1;
                if (!isPastPoint) exponent += 4;
            }
        }

        if (digits == 0 || at == text.Length) return false;
        if (!TryReadWhole(text[(at + 1)..], out var power)) return false;
        exponent = Math.Clamp(exponent + Math.Clamp(power, -ExponentMax, ExponentMax), -ExponentMax, ExponentMax);
        value = Math.ScaleB(mantissa, (int)exponent);
        return true;
    }
}
