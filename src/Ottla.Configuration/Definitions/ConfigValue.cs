using System.Globalization;
using Ottla.Protocol.Primitives;

namespace Ottla.Configuration.Definitions;

/// <summary>A value that was read as its config's type. The default of the struct is "no value" (Kafka's null).</summary>
public readonly struct ConfigValue : IEquatable<ConfigValue>
{
    private readonly long _number;
    private readonly object? _text;

    private ConfigValue(ConfigType type, long number, object? text)
    {
        Type = type;
        _number = number;
        _text = text;
    }

    /// <summary>Unknown for "no value".</summary>
    public ConfigType Type { get; }

    public bool IsNull => Type == ConfigType.Unknown;

    public static ConfigValue None => default;

    public static ConfigValue Of(bool value) => new(ConfigType.Boolean, value ? 1 : 0, null);

    public static ConfigValue Of(double value) => new(ConfigType.Double, BitConverter.DoubleToInt64Bits(value), null);

    public static ConfigValue Of(ConfigType type, long value) => new(type, value, null);

    public static ConfigValue Of(ConfigType type, string value) => new(type, 0, value);

    public static ConfigValue Of(IReadOnlyList<string> values) => new(ConfigType.List, 0, values);

    public bool AsBoolean()
    {
        Invariant.That(Type == ConfigType.Boolean);
        return _number != 0;
    }

    /// <summary>INT, SHORT or LONG.</summary>
    public long AsLong()
    {
        Invariant.That(Type is ConfigType.Int or ConfigType.Short or ConfigType.Long);
        return _number;
    }

    public int AsInt() => checked((int)AsLong());

    public double AsDouble()
    {
        Invariant.That(Type == ConfigType.Double);
        return BitConverter.Int64BitsToDouble(_number);
    }

    /// <summary>STRING, CLASS or PASSWORD; null when there is no value.</summary>
    public string? AsText()
    {
        Invariant.That(Type is ConfigType.String or ConfigType.Class or ConfigType.Password or ConfigType.Unknown);
        return (string?)_text;
    }

    /// <summary>Empty when there is no value.</summary>
    public IReadOnlyList<string> AsList()
    {
        Invariant.That(Type is ConfigType.List or ConfigType.Unknown);
        return (IReadOnlyList<string>?)_text ?? [];
    }

    /// <summary>As Kafka writes the value on the wire; null when there is no value.</summary>
    public string? ToText() => Type switch
    {
        ConfigType.Unknown => null,
        ConfigType.Boolean => _number != 0 ? "true" : "false",
        ConfigType.Int or ConfigType.Short or ConfigType.Long => _number.ToString(CultureInfo.InvariantCulture),
        ConfigType.Double => ConfigText.Write(AsDouble()),
        ConfigType.List => string.Join(',', AsList()),
        _ => (string?)_text,
    };

    public override string ToString() => ToText() ?? "null";

    public bool Equals(ConfigValue other) => Type == other.Type && ToText() == other.ToText();

    public override bool Equals(object? obj) => obj is ConfigValue other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Type, ToText());

    public static bool operator ==(ConfigValue left, ConfigValue right) => left.Equals(right);

    public static bool operator !=(ConfigValue left, ConfigValue right) => !left.Equals(right);
}
