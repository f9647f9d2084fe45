using System.Collections;
using System.Reflection;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Protocol.Tests.Wire;

/// <summary>Fills any message with random values that a version can carry.</summary>
/// <remarks>It knows no schema: a field that the version refuses is left out, and the same seed fills the rest again.</remarks>
public sealed class MessageFiller(int seed)
{
    private const int ElementsMax = 3;
    private const int FirstUnknownTag = 100;

    private static readonly string[] Texts = ["", "a", "orders", "größe", "日本", new string('x', 127), new string('y', 300)];

    private readonly HashSet<string> _leftOut = [];
    private Random _random = new(seed);
    private bool _flexible;

    public IMessage Fill(MessageType type, short version)
    {
        while (true)
        {
            _random = new Random(seed);
            _flexible = type.FlexibleVersions.Contains(version);
            var message = type.New();
            FillProperties(message);
            try
            {
                MessageType.Write(message, version);
                return message;
            }
            catch (UnsupportedVersionException refused) when (refused.FieldName is { } field && _leftOut.Add(field))
            {
            }
        }
    }

    private void FillProperties(object structure)
    {
        foreach (var property in structure.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var random = _random.Next();
            if (_leftOut.Contains(property.Name)) continue;
            if (property.Name == nameof(RequestHeader.UnknownTags)) property.SetValue(structure, UnknownTags());
            else if (random % 4 != 0) property.SetValue(structure, Value(property));
        }
    }

    private object? Value(PropertyInfo property)
    {
        var nullable = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        return nullable && _random.Next(4) == 0 ? null : Value(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
    }

    private object Value(Type type)
    {
        if (type == typeof(bool)) return _random.Next(2) == 0;
        if (type == typeof(sbyte)) return (sbyte)_random.Next();
        if (type == typeof(short)) return (short)_random.Next();
        if (type == typeof(ushort)) return (ushort)_random.Next();
        if (type == typeof(int)) return _random.Next(int.MinValue, int.MaxValue);
        if (type == typeof(uint)) return (uint)_random.NextInt64();
        if (type == typeof(long)) return _random.NextInt64(long.MinValue, long.MaxValue);
        if (type == typeof(double)) return _random.NextDouble() - 0.5;
        if (type == typeof(ErrorCode)) return (ErrorCode)(short)_random.Next(-1, 120);
        if (type == typeof(Uuid)) return Uuid.Random(_random);
        if (type == typeof(string)) return Texts[_random.Next(Texts.Length)];
        if (type == typeof(ReadOnlyMemory<byte>)) return Bytes();
        if (type == typeof(Records)) return new Records(Bytes());
        if (!type.IsAssignableTo(typeof(IList))) return Structure(type);
        var list = (IList)Activator.CreateInstance(type)!;
        for (var count = _random.Next(ElementsMax + 1); count > 0; count--) list.Add(Value(type.GetGenericArguments()[0]));
        return list;
    }

    private object Structure(Type type)
    {
        var structure = Activator.CreateInstance(type)!;
        FillProperties(structure);
        return structure;
    }

    private List<UnknownTag>? UnknownTags()
    {
        if (!_flexible || _random.Next(3) > 0) return null;
        return [.. Enumerable.Range(0, _random.Next(3)).Select(i => new UnknownTag(FirstUnknownTag + 50 * i, Bytes()))];
    }

    private ReadOnlyMemory<byte> Bytes()
    {
        var bytes = new byte[_random.Next(200)];
        _random.NextBytes(bytes);
        return bytes;
    }
}
