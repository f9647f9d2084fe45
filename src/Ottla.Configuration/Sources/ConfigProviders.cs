using System.Text;
using Ottla.Configuration.Definitions;
using Ottla.Configuration.Patterns;
using Ottla.Runtime.Files;

namespace Ottla.Configuration.Sources;

/// <summary>
/// Puts in what values say of other places: `${env:NAME}`, `${file:PATH:NAME}`, `${dir:PATH:NAME}` (`config.providers`, KIP-297).
/// </summary>
/// <remarks>
/// Which providers there are the configs themselves say: `config.providers=env,file` names them, `config.providers.env.class` gives each a
/// class of Kafka's, by whose name we know what is meant. A reference whose provider or key is not there stays as it stands, as in Kafka;
/// here there is a warning besides. What was put in is not looked through again. Reads files at start only, a few KiB each.
/// </remarks>
public sealed class ConfigProviders
{
    public const string Name = "config.providers";

    /// <summary>Secrets are short; what is larger is the wrong file.</summary>
    private const int FileBytesMax = 1 << 20;

    private const string ClassPrefix = "org.apache.kafka.common.config.provider.";

    private readonly Dictionary<string, Provider> _providers = new(StringComparer.Ordinal);
    private readonly IFileSystem _files;
    private readonly IReadOnlyDictionary<string, string> _environment;

    private ConfigProviders(IFileSystem files, IReadOnlyDictionary<string, string> environment)
    {
        _files = files;
        _environment = environment;
    }

    private enum Kind
    {
        Environment,
        File,
        Directory,
    }

    /// <param name="lookUp">The value of a config; null where there is none.</param>
    /// <param name="files">For secrets in files.</param>
    /// <param name="environment">The variables of the process.</param>
    /// <param name="errors">Gets a line for each provider that can't be had.</param>
    public static ConfigProviders Of(
        Func<string, string?> lookUp, IFileSystem files, IReadOnlyDictionary<string, string> environment, ICollection<string> errors)
    {
        var all = new ConfigProviders(files, environment);
        foreach (var name in ConfigText.SplitList(lookUp(Name)))
        {
            var prefix = $"{Name}.{name}.";
            if (lookUp(prefix + "class")?.Trim() is not { } type) continue;
            Kind? kind = type switch
            {
                ClassPrefix + "EnvVarConfigProvider" => Kind.Environment,
                ClassPrefix + "FileConfigProvider" => Kind.File,
                ClassPrefix + "DirectoryConfigProvider" => Kind.Directory,
                _ => null,
            };
            if (kind is null)
            {
                errors.Add(
                    $"{prefix}class={Quote.Of(type)} is not allowed: Ottla has the EnvVarConfigProvider, FileConfigProvider and "
                    + $"DirectoryConfigProvider of {ClassPrefix[..^1]}, and takes no classes from outside.");
                continue;
            }

            if (Read(kind.Value, prefix + "param.", lookUp, files, out var provider) is { } wrong) errors.Add(wrong);
            else all._providers[name] = provider;
        }

        return all;
    }

    /// <summary>The value with what its references name.</summary>
    /// <param name="name">Of the config, for messages.</param>
    /// <param name="text">Its value as written.</param>
    /// <param name="errors">Gets a line for each place that can't be read; the value is not to be used then.</param>
    /// <param name="warnings">Gets a line for each reference that names nothing.</param>
    public string Resolve(string name, string text, ICollection<string> errors, ICollection<string> warnings)
    {
        if (!text.Contains("${", StringComparison.Ordinal) || _providers.Count == 0) return text;
        var resolved = new StringBuilder(text.Length);
        var at = 0;
        while (text.IndexOf("${", at, StringComparison.Ordinal) is >= 0 and var start && text.IndexOf('}', start) is >= 0 and var end)
        {
            resolved.Append(text, at, start - at);
            var reference = text[start..(end + 1)];
            var value = LookUp(text[(start + 2)..end], out var fault);
            if (fault is not null) errors.Add($"{name}: {Quote.Of(reference)} cannot be read: {fault}.");
            else if (value is null) warnings.Add($"{name}: {Quote.Of(reference)} names nothing that there is, and stays as it stands.");
            resolved.Append(value ?? reference);
            at = end + 1;
        }

        return resolved.Append(text, at, text.Length - at).ToString();
    }

    private string? LookUp(string reference, out string? fault)
    {
        fault = null;
        var first = reference.IndexOf(':');
        if (first < 0 || !_providers.TryGetValue(reference[..first], out var provider)) return null;
        var second = reference.IndexOf(':', first + 1);
        var path = second < 0 ? "" : reference[(first + 1)..second];
        var key = second < 0 ? reference[(first + 1)..] : reference[(second + 1)..];
        if (provider.Kind == Kind.Environment)
        {
            if (path.Length > 0) fault = "a variable of the environment has no path";
            try
            {
                return provider.AllowedVariables?.Matches(key) == false ? null : _environment.GetValueOrDefault(key);
            }
            catch (TimeoutException endless)
            {
                fault = endless.Message;
                return null;
            }
        }

        if (path.Length == 0 || !provider.Allows(path)) return null;
        try
        {
            return provider.Kind == Kind.File ? FromFile(path, key) : FromDirectory(path, key);
        }
        catch (IOException unreadable)
        {
            fault = unreadable.Message;
            return null;
        }
    }

    private string? FromFile(string path, string key)
    {
        string? value = null;
        foreach (var property in PropertiesReader.Read(PropertiesReader.Decode(_files.ReadAll(path, FileBytesMax))))
        {
            if (property.Name == key) value = property.Value;
        }

        return value;
    }

    // a key is a name in the directory itself, so nothing beside it can be reached
    private string? FromDirectory(string path, string key)
    {
        if (key.Length == 0 || key is "." or ".." || key.Contains('/') || key.Contains('\\')) return null;
        var file = Path.Combine(path, key);
        return _files.FileExists(file) ? PropertiesReader.Decode(_files.ReadAll(file, FileBytesMax)) : null;
    }

    private static string? Read(Kind kind, string prefix, Func<string, string?> lookUp, IFileSystem files, out Provider provider)
    {
        provider = new Provider(kind, null, null);
        if (kind == Kind.Environment)
        {
            if (lookUp(prefix + "allowlist.pattern") is not { Length: > 0 } pattern) return null;
            try
            {
                provider = provider with { AllowedVariables = new JavaPattern(pattern) };
                return null;
            }
            catch (ArgumentException refused)
            {
                return $"{prefix}allowlist.pattern={Quote.Of(pattern)} is not allowed: {refused.Message}";
            }
        }

        if (lookUp(prefix + "allowed.paths") is not { Length: > 0 } paths) return null;
        var roots = ConfigText.SplitList(paths);
        foreach (var root in roots)
        {
            if (!Path.IsPathRooted(root))
                return $"{prefix}allowed.paths={Quote.Of(paths)} is not allowed: {Quote.Of(root)} is no absolute path.";
            if (!files.DirectoryExists(root) && !files.FileExists(root))
                return $"{prefix}allowed.paths={Quote.Of(paths)} is not allowed: {Quote.Of(root)} does not exist.";
        }

        provider = provider with { AllowedPaths = [.. roots.Select(Path.GetFullPath)] };
        return null;
    }

    private sealed record Provider(Kind Kind, JavaPattern? AllowedVariables, IReadOnlyList<string>? AllowedPaths)
    {
        public bool Allows(string path)
        {
            if (AllowedPaths is null) return true;
            var full = Path.GetFullPath(path);
            return AllowedPaths.Any(root => full == root || full.StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal));
        }
    }
}
