using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace Ottla.Protocol.Primitives;

/// <summary>128 bits, big-endian on the wire, printed as 22 characters of unpadded URL-safe base64 (KIP-516).</summary>
public readonly record struct Uuid(ulong High, ulong Low)
{
    public const int Size = 16;

    /// <summary>All zero: "none" on the wire.</summary>
    public static readonly Uuid Zero;

    /// <summary>The id of the topic `__cluster_metadata`.</summary>
    public static readonly Uuid MetadataTopic = new(0, 1);

    public bool IsZero => High == 0 && Low == 0;

    /// <summary>A random id (version 4) that does not start with '-', which would read as an option on a command line.</summary>
    public static Uuid Random(Random random)
    {
        Span<byte> bytes = stackalloc byte[Size];
        while (true)
        {
            random.NextBytes(bytes);
            bytes[6] = (byte)(bytes[6] & 0x0f | 0x40);
            bytes[8] = (byte)(bytes[8] & 0x3f | 0x80);
            var id = Read(bytes);
            if (!id.ToString().StartsWith('-')) return id;
        }
    }

    public static Uuid Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
    }

    private const int TextLength = 22;
    private const string Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /// <summary>Reads the 22 characters that <see cref="ToString"/> prints.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Uuid id)
    {
        id = Zero;
        Span<byte> bytes = stackalloc byte[Size + 2];
        if (text is null || text.Length is < TextLength or > 24) return false;
        if (TryParsePlain(text, bytes))
        {
            id = Read(bytes);
            return true;
        }

        if (!Base64Url.IsValid(text, out var length) || length != Size) return false;
        if (!Base64Url.TryDecodeFromChars(text, bytes, out var written) || written != Size) return false;
        id = Read(bytes);
        return true;
    }

    /// <summary>As it is always written; other forms (padding, blanks) are left to the framework.</summary>
    private static bool TryParsePlain(string text, Span<byte> bytes)
    {
        if (text.Length != TextLength) return false;
        uint bits = 0;
        int count = 0, at = 0;
        foreach (var letter in text)
        {
            var digit = letter switch
            {
                >= 'A' and <= 'Z' => letter - 'A',
                >= 'a' and <= 'z' => letter - 'a' + 26,
                >= '0' and <= '9' => letter - '0' + 52,
                '-' => 62,
                '_' => 63,
                _ => -1,
            };
            if (digit < 0) return false;
            bits = bits << 6 | (uint)digit;
            if ((count += 6) >= 8) bytes[at++] = (byte)(bits >> (count -= 8));
        }

        return (bits & 0xf) == 0;
    }

    // by hand: the framework's encoder is vector code that is compiled when the program starts, for two words
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        Span<char> text = stackalloc char[TextLength];
        uint bits = 0;
        int count = 0, at = 0;
        foreach (var one in bytes)
        {
            bits = bits << 8 | one;
            for (count += 8; count >= 6;) text[at++] = Digits[(int)(bits >> (count -= 6)) & 0x3f];
        }

        text[at] = Digits[(int)(bits << (6 - count)) & 0x3f];
        return new string(text);
    }
}
