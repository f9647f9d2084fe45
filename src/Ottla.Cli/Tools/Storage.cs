using System.Globalization;
using Ottla.Cli.Options;
using Ottla.Configuration.Settings;
using Ottla.Configuration.Sources;
using Ottla.Log.Directories;
using Ottla.Metadata.Features;
using Ottla.Metadata.Formatting;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Voters;

namespace Ottla.Cli.Tools;

/// <summary>`ottla storage`: formats the log directories of a node, tells what is in them, and makes ids.</summary>
internal sealed class Storage : IVerb
{
    /// <summary>A node's properties file has some hundred lines; what is larger is the wrong file.</summary>
    private const int ConfigFileBytesMax = 4 << 20;

    private readonly CommandParser _parser = new(
        "ottla storage", "Prepares and examines the log directories of a node.",
        StorageOptions.Info, StorageOptions.Format, StorageOptions.VersionMapping, StorageOptions.FeatureDependencies,
            StorageOptions.RandomUuid);

    public Task<int> Run(string[] args, CliContext context)
    {
        try
        {
            var parsed = _parser.Parse(args, context.Out, context.Error);
            return Task.FromResult(parsed is null ? 0 : Run(parsed, context));
        }
        catch (Exception refused) when (refused is OptionException or ToolException)
        {
            context.Error.WriteLine(refused.Message);
        }
        catch (IOException fault)
        {
            context.Error.WriteLine($"The disk refused: {fault.Message}");
        }
        finally
        {
            context.Flush();
        }

        return Task.FromResult(1);
    }

    private static int Run(ParsedCommand parsed, CliContext context)
    {
        if (parsed.Command == StorageOptions.Format) return Format(parsed, context);
        if (parsed.Command == StorageOptions.Info) return Info(parsed, context);
        if (parsed.Command == StorageOptions.VersionMapping) return VersionMapping(parsed, context);
        if (parsed.Command == StorageOptions.FeatureDependencies) return FeatureDependencies(parsed, context);
        context.Out.WriteLine(Uuid.Random(context.Random).ToString());
        return 0;
    }

    private static int Format(ParsedCommand parsed, CliContext context)
    {
        var node = Load(parsed, context).Node;
        var controller = node.AdvertisedControllerListeners.Count > 0 ? node.AdvertisedControllerListeners[0]
            : node.ControllerListeners.FirstOrDefault();
        var host = controller?.Host is { Length: 0 } ? context.HostName() : controller?.Host;
        var outcome = StorageFormatter.Format(context.Files, context.Time, context.Random, new FormatRequest
        {
            ClusterId = parsed.Text(StorageOptions.ClusterId)!,
            NodeId = node.Id,
            LogDirs = node.LogDirs,
            MetadataLogDir = node.MetadataLogDir,
            IsController = node.IsController,
            HasStaticVoters = node.Voters.Count > 0,
            IsOneOfSeveral = node.Voters.Count > 1,
            ControllerEndpoint = controller is null ? null : new VoterEndpoint(controller.Name, host!, controller.Port),
            Voters = parsed.Has(StorageOptions.Standalone) ? InitialVoters.Standalone
                : parsed.Has(StorageOptions.InitialControllers) ? InitialVoters.Named
                : parsed.Has(StorageOptions.NoInitialControllers) ? InitialVoters.None
                : InitialVoters.FromProperties,
            NamedVoters = parsed.Text(StorageOptions.InitialControllers),
            ReleaseVersion = parsed.Text(StorageOptions.ReleaseVersion),
            Features = [.. parsed.All(StorageOptions.Feature).Select(text => Level(text))],
            Scram = parsed.All(StorageOptions.AddScram),
            IgnoreFormatted = parsed.Has(StorageOptions.IgnoreFormatted),
        });
        foreach (var line in outcome.Lines) context.Out.WriteLine(line);
        if (outcome.Error is { } error)
        {
            context.Error.WriteLine(error);
            context.Error.WriteLine("Nothing was written; the log directories remain as they were.");
        }

        return outcome.IsOk ? 0 : 1;
    }

    private static int Info(ParsedCommand parsed, CliContext context)
    {
        var node = Load(parsed, context).Node;
        var ensemble = MetaPropertiesEnsemble.Load(context.Files, node.LogDirs, node.MetadataLogDir);
        var directories = node.LogDirs.Append(node.MetadataLogDir).Distinct().Order(StringComparer.Ordinal).ToList();
        var problems = new List<string>();
        foreach (var directory in directories)
        {
            if (!context.Files.DirectoryExists(directory))
                problems.Add($"{directory} {(context.Files.FileExists(directory) ? "is not a directory" : "does not exist")}");
            else if (ensemble.Empty.Contains(directory)) problems.Add($"{directory} is not formatted.");
            else if (ensemble.Failed.TryGetValue(directory, out var why))
                problems.Add($"{Path.Combine(directory, MetaProperties.FileName)}: {why}");
        }

        var found = directories.Where(context.Files.DirectoryExists).ToList();
        if (ensemble.Formatted.Count > 1 && ensemble.Verify(null, null) is { } disagreement) problems.Add(disagreement);
        if (found.Count > 0) WriteList(context.Out, found.Count == 1 ? "Found log directory:" : "Found log directories:", found);
        if (ensemble.Formatted.Count > 0)
        {
            context.Out.WriteLine($"Found metadata: {ensemble.Formatted.Values.First()}");
            context.Out.WriteLine();
        }

        if (problems.Count > 0) WriteList(context.Out, problems.Count == 1 ? "Found problem:" : "Found problems:", problems);
        return problems.Count > 0 ? 1 : 0;
    }

    private static int VersionMapping(ParsedCommand parsed, CliContext context)
    {
        var text = parsed.Text(StorageOptions.ReleaseVersion) ?? MetadataVersion.Latest.Name;
        if (!MetadataVersion.TryParse(text, allowUnstable: true, out var version))
            throw new ToolException(StorageFormatter.UnknownVersion(text, withUnstable: true));
        context.Out.WriteLine($"{FeatureCatalog.MetadataVersionName}={version.Level} ({text})");
        foreach (var feature in FeatureCatalog.All) context.Out.WriteLine($"{feature.Name}={feature.DefaultAt(version)}");
        return 0;
    }

    private static int FeatureDependencies(ParsedCommand parsed, CliContext context)
    {
        foreach (var text in parsed.All(StorageOptions.NeededFeature))
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                throw new ToolException($"Invalid feature format: {text}. Expected format: 'feature=version' (e.g. 'group.version=1')");
            var (name, level) = Level(text);
            if (name == FeatureCatalog.MetadataVersionName)
            {
                var version = new MetadataVersion(level);
                if (!version.IsSupported) throw new ToolException($"Unknown metadata.version {level}");
                context.Out.WriteLine($"{name}={level} ({version.Name}) has no dependencies.");
                continue;
            }

            var feature = FeatureCatalog.Find(name) ?? throw new ToolException($"Unknown feature: {name}");
            if (level < 0 || level > feature.Max) throw new ToolException($"Feature level {level} is not supported for feature {name}");
            var needed = feature.MetadataVersionNeeded[level];
            context.Out.WriteLine(needed == 0 ? $"{name}={level} has no dependencies." : $"{name}={level} requires:");
            if (needed > 0)
                context.Out.WriteLine($"    {FeatureCatalog.MetadataVersionName}={needed} ({new MetadataVersion(needed).Name})");
        }

        return 0;
    }

    private static (string Name, short Level) Level(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0) throw new ToolException($"Can't parse feature=level string {text}: equals sign not found.");
        if (!short.TryParse(text.AsSpan(equals + 1).Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var level))
            throw new ToolException($"Can't parse feature=level string {text}: unable to parse {text[(equals + 1)..]} as a short.");
        return (text[..equals].Trim(), level);
    }

    private static BrokerSettings Load(ParsedCommand parsed, CliContext context)
    {
        var file = parsed.Text(StorageOptions.Config)!;
        byte[] bytes;
        try
        {
            bytes = context.Files.ReadAll(file, ConfigFileBytesMax);
        }
        catch (IOException unreadable)
        {
            throw new ToolException($"Cannot read {file}: {unreadable.Message}\nThe log directories remain as they were.");
        }

        var builder = new StaticConfigBuilder().AddFile(Path.GetFileName(file), bytes).ResolveReferences(context.Files, context.Variables);
        var loaded = BrokerSettings.Load(builder.Build());
        return loaded.Settings ?? throw new ToolException(string.Join('\n', loaded.Errors));
    }

    private static void WriteList(TextWriter output, string heading, IEnumerable<string> lines)
    {
        output.WriteLine(heading);
        foreach (var line in lines) output.WriteLine($"  {line}");
        output.WriteLine();
    }
}
