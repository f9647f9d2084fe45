using System.Collections;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Hostile;

/// <summary>The values at which code that takes a field goes wrong, by the field's type.</summary>
internal static class EdgeValues
{
    /// <summary>Stands in a string for bytes that are no UTF-8, of the same number: put in when the frame is written.</summary>
    public const char NoUtf8 = '\u007f';

    /// <summary>Enough for any place that counts in a loop of a loop, few enough for thousands of requests.</summary>
    private const int Many = 1_500;

    public static IEnumerable<(string Name, object? Value)> Of(Type type, object? honest)
    {
        if (type == typeof(string))
        {
            yield return ("\"\"", "");
            yield return ("null", null);
            yield return ("32,767 bytes", new string('n', 32_767));
            yield return ("16,383 letters of two bytes", new string('é', 16_383));
            yield return ("11,000 bytes that are no UTF-8", new string(NoUtf8, 11_000));
            yield return ("control characters and slashes", "../a\0b\n/..");
            yield return ("a number that is too large", "99999999999999999999");
        }
        else if (type == typeof(ReadOnlyMemory<byte>))
        {
            yield return ("no bytes", ReadOnlyMemory<byte>.Empty);
            yield return ("60,000 bytes", new ReadOnlyMemory<byte>(new byte[60_000]));
            yield return ("0xff", new ReadOnlyMemory<byte>([.. Enumerable.Repeat((byte)0xff, 300)]));
        }
        else if (type == typeof(Records))
        {
            yield return ("no records", Records.Empty);
            yield return ("null", Records.Null);
            yield return ("zeroes", new Records(new byte[200]));
            yield return ("two batches", new Records(new byte[][] { [.. Batch.Of("a").Memory.Span], [.. Batch.Of("b").Memory.Span] }.SelectMany(b => b).ToArray()));
            yield return ("half a batch", new Records(Batch.Of("abcdefgh").Memory[..^9]));
        }
        else if (typeof(IList).IsAssignableFrom(type))
        {
            yield return ("null", null);
            yield return ("no elements", Activator.CreateInstance(type));
            if (honest is not IList { Count: > 0 } list) yield break;
            yield return ("the same element twice", Repeated(type, list, 2));
            yield return ($"the same element {Many} times", Repeated(type, list, Many));
        }
        else
        {
            foreach (var number in Numbers(Nullable.GetUnderlyingType(type) ?? type)) yield return ($"{number}", number);
        }
    }

    private static IEnumerable<object> Numbers(Type type)
    {
        if (type == typeof(sbyte)) return [sbyte.MinValue, (sbyte)-1, (sbyte)0, (sbyte)1, (sbyte)2, sbyte.MaxValue];
        if (type == typeof(short)) return [short.MinValue, (short)-1, (short)0, (short)1, short.MaxValue];
        if (type == typeof(ushort)) return [ushort.MinValue, ushort.MaxValue];
        if (type == typeof(int)) return [int.MinValue, -2, -1, 0, 1, 7, 1_000_000, int.MaxValue];
        if (type == typeof(uint)) return [0u, uint.MaxValue];
        if (type == typeof(long)) return [long.MinValue, -5L, -2L, -1L, 0L, 1L, long.MaxValue - 1, long.MaxValue];
        if (type == typeof(double)) return [double.NaN, double.PositiveInfinity, -1d, 0d, double.MaxValue, double.Epsilon];
        if (type == typeof(bool)) return [false, true];
        if (type == typeof(Uuid)) return [Uuid.Zero, new Uuid(0, 1), new Uuid(long.MaxValue, 12_345)];
        return [];
    }

    private static object Repeated(Type type, IList list, int times)
    {
        var repeated = (IList)Activator.CreateInstance(type)!;
        for (var i = 0; i < times; i++) repeated.Add(list[0]);
        return repeated;
    }
}
