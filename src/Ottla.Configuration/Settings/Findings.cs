using Ottla.Configuration.Definitions;
using Ottla.Configuration.Sources;

namespace Ottla.Configuration.Settings;

/// <summary>What is wrong or odd about a static config, collected, so that an operator sees all of it at once.</summary>
internal sealed class Findings(StaticConfig config)
{
    public List<string> Errors { get; } = [.. config.Errors];

    public List<string> Warnings { get; } = [.. config.Warnings];

    public List<string> WithoutEffect { get; } = [];

    public void Refuse(ConfigError error) => Errors.Add(error.Explain(Where(error.Name)));

    /// <summary>
    /// A value that its type allows, but not beside the others. <paramref name="why"/> goes after a colon and has no full stop.
    /// </summary>
    public void Refuse(string name, string why)
    {
        if (config[name] is { } text) Errors.Add($"{name}={text} is not allowed: {why}. ({Where(name)})");
        else Errors.Add($"{name} is not set: {why}.");
    }

    public void Warn(string text) => Warnings.Add(text);

    public string? Where(string name) => config.OriginOf(name)?.ToString();
}
