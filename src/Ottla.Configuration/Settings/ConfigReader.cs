using Ottla.Configuration.Effective;

namespace Ottla.Configuration.Settings;

/// <summary>Typed look-ups while a settings object is built.</summary>
internal readonly struct ConfigReader(EffectiveConfig config)
{
    public EffectiveConfig Config => config;

    public bool Bool(string name) => config.ValueOf(name).AsBoolean();

    public int Int(string name) => config.ValueOf(name).AsInt();

    public int? IntOrNull(string name) => config.ValueOf(name) is { IsNull: false } value ? value.AsInt() : null;

    public short Short(string name) => checked((short)config.ValueOf(name).AsLong());

    public long Long(string name) => config.ValueOf(name).AsLong();

    public double Double(string name) => config.ValueOf(name).AsDouble();

    public string? Text(string name) => config.ValueOf(name).AsText();

    public IReadOnlyList<string> List(string name) => config.ValueOf(name).AsList();
}
