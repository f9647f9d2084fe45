using Ottla.Configuration.Settings;
using Ottla.Configuration.Sources;
using Ottla.Runtime.Files;

namespace Ottla;

/// <summary>`ottla start [FILE.properties] [--override K=V]...`: what the command line, the file and the environment say
/// together.</summary>
internal sealed record StartArguments(string? File, bool IsEmbedded, LoadedSettings Loaded)
{
    /// <summary>Far above any real configuration.</summary>
    private const int FileBytesMax = 16 << 20;

    /// <summary>Reads all of it; null and what is wrong with the command line or the file itself.</summary>
    public static StartArguments? Read(string[] args, IFileSystem files, IReadOnlyDictionary<string, string> environment, out string? problem)
    {
        string? file = null;
        var builder = new StaticConfigBuilder();
        for (var at = 0; at < args.Length; at++)
        {
            var arg = args[at];
            problem = null;
            if (arg is "--override" && at + 1 < args.Length) problem = builder.AddOverride(args[++at]);
            else if (arg.StartsWith("--override=", StringComparison.Ordinal)) problem = builder.AddOverride(arg["--override=".Length..]);
            else if (arg.StartsWith('-')) problem = $"ottla start does not know {arg}. Usage: ottla start [FILE.properties] [--override NAME=VALUE]...";
            else if (file is not null) problem = $"ottla start takes one file of properties; here are {file} and {arg}.";
            else file = arg;
            if (problem is not null) return null;
        }

        problem = file is null ? null : AddFile(builder, files, file);
        if (problem is not null) return null;
        builder.AddEnvironment(environment);
        if (file is null) builder.AddEmbeddedDefaults();
        builder.ResolveReferences(files, environment);
        return new(file, file is null, BrokerSettings.Load(builder.Build()));
    }

    private static string? AddFile(StaticConfigBuilder builder, IFileSystem files, string path)
    {
        try
        {
            builder.AddFile(Path.GetFileName(path), files.ReadAll(path, FileBytesMax));
            return null;
        }
        catch (IOException fault)
        {
            return $"Cannot read {path}: {fault.Message}";
        }
    }
}
