using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Ottla.Cli.Options;

namespace Ottla.Cli.Formatters;

/// <summary>Makes text of bytes that stand for something.</summary>
/// <exception cref="FormatException">They cannot.</exception>
internal delegate string Deserializer(ReadOnlySpan<byte> bytes);

/// <summary>Kafka's deserializers by their class names.</summary>
internal static class Deserializers
{
    private const string Package = "org.apache.kafka.common.serialization.";

    /// <summary>Null for no name, and for those that leave bytes as they are.</summary>
    /// <exception cref="UsageException">There is no such deserializer.</exception>
    public static Deserializer? Named(string? name)
    {
        if (string.IsNullOrEmpty(name)) return null;
        return (name.StartsWith(Package, StringComparison.Ordinal) ? name[Package.Length..] : name) switch
        {
            "StringDeserializer" => bytes => Encoding.UTF8.GetString(bytes),
            "IntegerDeserializer" => bytes => BinaryPrimitives.ReadInt32BigEndian(Exactly(bytes, 4)).ToString(CultureInfo.InvariantCulture),
            "LongDeserializer" => bytes => BinaryPrimitives.ReadInt64BigEndian(Exactly(bytes, 8)).ToString(CultureInfo.InvariantCulture),
            "ShortDeserializer" => bytes => BinaryPrimitives.ReadInt16BigEndian(Exactly(bytes, 2)).ToString(CultureInfo.InvariantCulture),
            "DoubleDeserializer" => bytes =>
                Decimal(BinaryPrimitives.ReadDoubleBigEndian(Exactly(bytes, 8)).ToString("R", CultureInfo.InvariantCulture)),
            "FloatDeserializer" => bytes =>
                Decimal(BinaryPrimitives.ReadSingleBigEndian(Exactly(bytes, 4)).ToString("R", CultureInfo.InvariantCulture)),
            "BooleanDeserializer" => bytes =>
                Exactly(bytes, 1)[0] switch { 0 => "false", 1 => "true", var other => throw new FormatException($"{other} is no boolean") },
            "BytesDeserializer" => Escaped,
            "UUIDDeserializer" => bytes => Encoding.UTF8.GetString(bytes),
            "VoidDeserializer" => bytes => throw new FormatException("a value where VoidDeserializer allows none"),
            "ByteArrayDeserializer" or "ByteBufferDeserializer" => null,
            _ => throw new UsageException($"{name} is not a deserializer of this program"),
        };
    }

    private static ReadOnlySpan<byte> Exactly(ReadOnlySpan<byte> bytes, int size) =>
        bytes.Length == size ? bytes : throw new FormatException(
            $"Size of data received by the deserializer is not {size}: {bytes.Length}");

    /// <summary>A whole number still shows that it is none of the integers.</summary>
    private static string Decimal(string text) => text.AsSpan().ContainsAny(".EN∞") ? text : text + ".0";

    /// <summary>Printable ASCII as it is, everything else as \xHH.</summary>
    private static string Escaped(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var b in bytes)
        {
            if (b is >= (byte)' ' and <= (byte)'~' and not (byte)'\\') text.Append((char)b);
            else text.Append(CultureInfo.InvariantCulture, $"\\x{b:X2}");
        }

        return text.ToString();
    }
}
