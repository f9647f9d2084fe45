using System.Globalization;
using Ottla.Log.Directories;
using Ottla.Metadata.Features;
using Ottla.Metadata.Log;
using Ottla.Metadata.Records;
using Ottla.Metadata.Snapshots;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Voters;
using Ottla.Runtime.Files;

namespace Ottla.Metadata.Formatting;

/// <summary>Makes empty directories those of a node: `storage format`, and the first start of a node that formats itself.</summary>
/// <remarks>
/// Leaves what Kafka's own tool leaves: `meta.properties` in each directory, and the records with which the cluster begins in the snapshot
/// of offset 0.
/// `meta.properties` is written last, so a directory that was interrupted counts as not formatted. Everything is checked before anything is
/// written.
/// Failure: an outcome with Kafka's words for what the user asked wrongly; <see cref="IOException"/> where the disk refuses.
/// </remarks>
public static class StorageFormatter
{
    public static FormatOutcome Format(IFileSystem files, TimeProvider time, Random random, FormatRequest request)
    {
        var ensemble = MetaPropertiesEnsemble.Load(files, request.LogDirs, request.MetadataLogDir);
        if (ensemble.Failed.Count > 0)
        {
            var (directory, why) = ensemble.Failed.First();
            return FormatOutcome.Refused($"I/O error trying to read log directory {directory}: {why}");
        }

        // what the user asked for falsely comes first, as in Kafka's own tool
        if (Plan(request, ensemble, random, out var plan) is { } refused) return FormatOutcome.Refused(refused);
        if (ensemble.Formatted.Count > 0 && !request.IgnoreFormatted)
        {
            return FormatOutcome.Refused(
                $"Log directory {ensemble.Formatted.Keys.First()} is already formatted. Use --ignore-formatted to ignore this directory and format the others.");
        }

        // the metadata directory itself may be the one that is empty, so what is there already is held against the request alone
        foreach (var (directory, properties) in ensemble.Formatted)
        {
            var path = Path.Combine(directory, MetaProperties.FileName);
            if (properties.ClusterId is { } cluster && cluster != request.ClusterId)
                return FormatOutcome.Refused($"Invalid cluster.id in: {path}. Expected {request.ClusterId}, but read {cluster}");
            if (properties.NodeId is { } node && node != request.NodeId) return FormatOutcome.Refused($"Invalid node.id in: {path}. Expected {request.NodeId}, but read {node}");
        }

        if (ensemble.Empty.Contains(ensemble.MetadataLogDir) && WhyOrphaned(files, request, ensemble, plan) is { } orphaned) return FormatOutcome.Refused(orphaned);
        if (ensemble.Empty.Count == 0) return new FormatOutcome(null, ["All of the log directories are already formatted."]);
        return Write(files, time, request, ensemble, plan);
    }

    /// <summary>Metadata that begin anew must leave nobody's data behind; where others have them, they come back from there.</summary>
    private static string? WhyOrphaned(IFileSystem files, FormatRequest request, MetaPropertiesEnsemble ensemble, FormatPlan plan)
    {
        if (OrphanedData.MetadataElsewhere(files, request.LogDirs, ensemble.MetadataLogDir) is { } elsewhere) return elsewhere;
        var hasOthers = !request.IsController || request.IsOneOfSeveral || request.Voters == InitialVoters.None || plan.Voters is { Count: > 1 };
        return hasOthers ? null : OrphanedData.PartitionsWithoutMetadata(files, request.LogDirs, ensemble.MetadataLogDir);
    }

    private static FormatOutcome Write(IFileSystem files, TimeProvider time, FormatRequest request, MetaPropertiesEnsemble ensemble, FormatPlan plan)
    {
        var lines = new List<string> { Describe(plan) };
        foreach (var directory in ensemble.Empty)
        {
            files.CreateDirectory(directory);
            var isMetadata = directory == ensemble.MetadataLogDir;
            if (isMetadata && request.IsController) WriteBootstrap(files, time, directory, plan);
            files.Replace(Path.Combine(directory, MetaProperties.FileName), new MetaProperties(request.ClusterId, request.NodeId, plan.DirectoryIds[directory]).Format());
            FlushName(files, directory);
            var what = isMetadata ? KindOf(plan.Voters, request) : "data directory";
            lines.Add($"Formatting {what} {directory} with {FeatureCatalog.MetadataVersionName} {plan.Version}.");
        }

        return new FormatOutcome(null, lines);
    }

    private static string KindOf(VoterSet? voters, FormatRequest request) =>
        voters is null or { Count: 0 } ? "metadata directory"
        : voters.Find(request.NodeId) is null ? "dynamic metadata directory"
        : "dynamic metadata voter directory";

    /// <summary>The directory's own name stands in the one above, which may belong to somebody else: then it gets to the disk when it does.</summary>
    private static void FlushName(IFileSystem files, string directory)
    {
        if (Path.GetDirectoryName(directory) is not { Length: > 0 } above) return;
        try
        {
            files.FlushDirectory(above);
        }
        catch (IOException refused) when (refused is not FlushFailedException)
        {
            // it may not be read; what was made in it is there all the same
        }
    }

    private static void WriteBootstrap(IFileSystem files, TimeProvider time, string directory, FormatPlan plan)
    {
        var log = Path.Combine(directory, MetadataLog.DirectoryName);
        files.CreateDirectory(log);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        new SnapshotFiles(files, log).Write(SnapshotName.Bootstrap, now, plan.Records, plan.Voters, now);
    }

    /// <summary>Decides on everything that is going to be written.</summary>
    /// <returns>Why it can't be; null where it can.</returns>
    private static string? Plan(FormatRequest request, MetaPropertiesEnsemble ensemble, Random random, out FormatPlan plan)
    {
        plan = new FormatPlan(MetadataVersion.Latest, [], null, []);
        if (Version(request, out var version) is { } wrongVersion) return wrongVersion;
        if (Levels(request, version, out var levels) is { } wrongLevel) return wrongLevel;
        var records = new List<VersionedRecord>(BootstrapRecords.Of(version, levels));
        foreach (var argument in request.Scram)
        {
            if (ScramArgument.TryParse(argument, out var credential) is { } wrongScram) return wrongScram;
            if (!version.HasScram) return "SCRAM is only supported in metadata.version 3.5-IV2 or later.";
            records.Add(new(credential));
        }

        var taken = ensemble.Formatted.Values.Where(properties => properties.DirectoryId is not null).Select(properties => properties.DirectoryId!.Value).ToList();
        var ids = new Dictionary<string, Uuid>(StringComparer.Ordinal);
        foreach (var directory in ensemble.Empty)
        {
            ids[directory] = MetaProperties.NewDirectoryId(random, taken);
            taken.Add(ids[directory]);
        }

        if (Voters(request, levels, ensemble, ids, out var voters) is { } wrongVoters) return wrongVoters;
        plan = new FormatPlan(version, records, voters, ids);
        return null;
    }

    private static string? Version(FormatRequest request, out MetadataVersion version)
    {
        version = MetadataVersion.Latest;
        if (request.ReleaseVersion is { } text && !MetadataVersion.TryParse(text, allowUnstable: false, out version)) return UnknownVersion(text, withUnstable: false);
        var asked = request.Features.Where(feature => feature.Name == FeatureCatalog.MetadataVersionName).ToList();
        if (asked.Count == 0) return null;
        if (request.ReleaseVersion is not null) return $"Use --release-version instead of --feature {FeatureCatalog.MetadataVersionName}=X to avoid ambiguity.";
        version = new MetadataVersion(asked[^1].Level);
        return version.IsSupported
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"No MetadataVersion with feature level {version.Level}. Valid feature levels are from {MetadataVersion.Minimum.Level} to {MetadataVersion.Latest.Level}.");
    }

    /// <summary>The message for a release that nobody knows, with all that are known.</summary>
    public static string UnknownVersion(string text, bool withUnstable) =>
        $"Unknown metadata.version '{text}'. Supported metadata.version are: {string.Join(", ", MetadataVersion.NamesUpTo(withUnstable))}";

    private static string? Levels(FormatRequest request, MetadataVersion version, out Dictionary<string, short> levels)
    {
        levels = new Dictionary<string, short>(StringComparer.Ordinal);
        foreach (var (name, level) in request.Features)
        {
            if (name == FeatureCatalog.MetadataVersionName) continue;
            if (FeatureCatalog.Find(name) is not { } feature)
            {
                var known = FeatureCatalog.All.Select(candidate => candidate.Name).Order(StringComparer.Ordinal);
                return $"Unsupported feature: {name}. Supported features are: {string.Join(", ", known)}";
            }

            if (level < 0 || level > feature.Max) return string.Create(CultureInfo.InvariantCulture, $"No feature:{name} with feature level {level}");

            // of two levels for one feature the last holds, as in Kafka's own tool
            levels[name] = level;
            var needed = feature.MetadataVersionNeeded[level];
            if (version.Level < needed)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name} could not be set to {level} because it depends on {FeatureCatalog.MetadataVersionName} level {needed}");
            }
        }

        return null;
    }

    private static string? Voters(
        FormatRequest request, Dictionary<string, short> levels, MetaPropertiesEnsemble ensemble, Dictionary<string, Uuid> ids, out VoterSet? voters)
    {
        voters = null;
        var isDynamic = request.Voters is InitialVoters.Standalone or InitialVoters.Named;
        if (request.HasStaticVoters && isDynamic)
        {
            return "You cannot specify controller.quorum.voters and format the node with --initial-controllers or --standalone. If you want to use dynamic quorum, " +
                "please remove controller.quorum.voters and specify controller.quorum.bootstrap.servers instead.";
        }

        if (!request.HasStaticVoters && request.IsController && request.Voters == InitialVoters.FromProperties)
        {
            return "Because controller.quorum.voters is not set on this controller, you must specify one of the following: --standalone, --initial-controllers, " +
                "or --no-initial-controllers.";
        }

        if (levels.TryGetValue(FeatureCatalog.KRaftVersionName, out var kraft))
        {
            if (kraft == 0 && !request.HasStaticVoters)
            {
                return "Cannot set kraft.version to 0 if controller.quorum.voters is empty and one of the flags " +
                    "--standalone, --initial-controllers, or " +
                    "--no-initial-controllers is used. For dynamic controllers support, try removing the --feature flag for kraft.version.";
            }

            if (kraft > 0 && request.HasStaticVoters)
            {
                return $"Cannot set kraft.version to {kraft} unless controller.quorum.voters is empty and one of the flags " +
                    "--standalone, --initial-controllers, or --no-initial-controllers is used. " +
                    "For dynamic controllers support, try using one of --standalone, --initial-controllers, or --no-initial-controllers and removing controller.quorum.voters.";
            }
        }

        // who joins later knows that voters are dynamic, and not yet who they are
        if (request.Voters == InitialVoters.None && request.IsController && !request.HasStaticVoters) voters = new VoterSet(1, []);
        if (!isDynamic || !ids.ContainsKey(ensemble.MetadataLogDir)) return null;
        return request.Voters == InitialVoters.Standalone ? Standalone(request, ensemble, ids, out voters) : Named(request, ensemble, ids, out voters);
    }

    private static string? Standalone(FormatRequest request, MetaPropertiesEnsemble ensemble, Dictionary<string, Uuid> ids, out VoterSet? voters)
    {
        voters = null;
        if (!request.IsController || request.ControllerEndpoint is not { } endpoint) return "You can only use --standalone on a controller.";
        voters = new VoterSet(1, [new Voter(request.NodeId, ids[ensemble.MetadataLogDir], [endpoint])]);
        return null;
    }

    private static string? Named(FormatRequest request, MetaPropertiesEnsemble ensemble, Dictionary<string, Uuid> ids, out VoterSet? voters)
    {
        voters = null;
        if (VoterSet.TryParseInitial(request.NamedVoters ?? "", request.ControllerEndpoint?.Listener ?? "CONTROLLER", out var named) is { } wrong) return wrong;
        // the directory gets the id under which the others already know it; who is none of them joins later, or is a broker
        if (named.Find(request.NodeId) is { } self) ids[ensemble.MetadataLogDir] = self.DirectoryId;
        voters = named;
        return null;
    }

    private static string Describe(FormatPlan plan) => "Bootstrap metadata: BootstrapMetadata(records=[" + string.Join(", ", plan.Records.Select(Describe)) +
        string.Create(CultureInfo.InvariantCulture, $"], metadataVersionLevel={plan.Version.Level}, source=format command)");

    private static string Describe(VersionedRecord record) => record.Record switch
    {
        FeatureLevelRecord feature => string.Create(
            CultureInfo.InvariantCulture, $"ApiMessageAndVersion(FeatureLevelRecord(name='{feature.Name}', featureLevel={feature.FeatureLevel}) at version {record.Version})"),
        // the keys of a credential are nobody's business
        UserScramCredentialRecord scram => string.Create(
            CultureInfo.InvariantCulture,
            $"ApiMessageAndVersion(UserScramCredentialRecord(name='{scram.Name}', mechanism={scram.Mechanism}, iterations={scram.Iterations}) " +
            $"at version {record.Version})"),
        _ => record.Record.GetType().Name,
    };

    private sealed record FormatPlan(MetadataVersion Version, IReadOnlyList<VersionedRecord> Records, VoterSet? Voters, Dictionary<string, Uuid> DirectoryIds);
}
