using Microsoft.Extensions.Logging;
using Ottla.Broker.Net;
using Ottla.Configuration.Settings;
using Ottla.Log;
using Ottla.Log.Directories;
using Ottla.Log.Handles;
using Ottla.Log.Retention;
using Ottla.Metadata.Control;
using Ottla.Metadata.Formatting;
using Ottla.Metadata.Service;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.Messages;
using Ottla.Raft.Voters;
using Ottla.Runtime.Files;

namespace Ottla.Broker.Cluster;

/// <summary>The directories of a node: locked, formatted, read; the metadata log and the partitions' logs are opened in them.</summary>
/// <remarks>Used at the start by one thread; holds the locks until the node has stopped.</remarks>
internal sealed class NodeDirectories : IDisposable
{
    private readonly DirectoryLocks _locks;
    private readonly MetaPropertiesEnsemble _properties;
    private readonly IReadOnlyList<string> _paths;
    private readonly LogContext _context;

    private NodeDirectories(DirectoryLocks locks, MetaPropertiesEnsemble properties, IReadOnlyList<string> paths, LogContext context) =>
        (_locks, _properties, _paths, _context) = (locks, properties, paths, context);

    public string ClusterId => _properties.ClusterId!;

    /// <exception cref="BrokerStartException">Another process holds a directory, one belongs to another node, or nothing is
    /// formatted.</exception>
    public static NodeDirectories Open(BrokerSettings settings, BrokerHost host, bool formatIfNeeded)
    {
        var node = settings.Node;
        var paths = node.LogDirs.Select(Path.GetFullPath).ToList();
        var metadataDir = Path.GetFullPath(node.MetadataLogDir);
        var locks = DirectoryLocks.TryTake(host.Files, [.. paths, metadataDir], out var problem, out var refused) ?? throw new BrokerStartException(problem!);
        try
        {
            var properties = MetaPropertiesEnsemble.Load(host.Files, paths, metadataDir, refused);
            if (properties.ClusterId is null && formatIfNeeded)
            {
                Format(settings, host);
                properties = MetaPropertiesEnsemble.Load(host.Files, paths, metadataDir, refused);
            }

            if (OrphanedData.MetadataElsewhere(host.Files, paths, metadataDir) is { } elsewhere) throw new BrokerStartException(elsewhere);
            if (properties.Verify(null, node.Id) is { } wrong)
            {
                var isEmpty = properties.Empty.Contains(metadataDir);
                throw new BrokerStartException(wrong) { NeedsFormat = isEmpty, ClusterId = properties.ClusterId };
            }

            if (properties.ClusterId is null)
                throw new BrokerStartException($"No readable meta.properties files found in {string.Join(", ", paths)}.") { NeedsFormat = true };

            properties.FormatEmpty(host.Files, host.Random);
            if (paths.TrueForAll(properties.Failed.ContainsKey))
            {
                var why = string.Join("; ", properties.Failed.Select(failed => $"{failed.Key}: {failed.Value}"));
                throw new BrokerStartException($"None of log.dirs can be used ({why}). Nothing was changed.");
            }

            var logger = host.Logs.CreateLogger("Log");
            var cache = new FileCache(host.Files, ConnectionLimits.LogFilesFor(host.OpenFilesMax));
            var context = new LogContext(host.Files, host.Time, cache, logger, new FileDeletions(host.Files, host.Time));
            return new NodeDirectories(locks, properties, paths, context);
        }
        catch
        {
            locks.Dispose();
            throw;
        }
    }

    /// <summary>The id of the directory that holds the metadata log; zero where it has none.</summary>
    public Uuid MetadataDirectoryId =>
        _properties.Formatted.TryGetValue(_properties.MetadataLogDir, out var found) ? found.DirectoryId ?? Uuid.Zero : Uuid.Zero;

    /// <exception cref="BrokerStartException">The metadata log can't be read, or is empty where there are partitions.</exception>
    /// <param name="settings">The node's.</param>
    /// <param name="host">The world.</param>
    /// <param name="place">The node's in the quorum.</param>
    /// <param name="leaderChanged">Hears who leads the quorum.</param>
    public ControllerService OpenController(BrokerSettings settings, BrokerHost host, QuorumPlace place, Action<LeaderHint> leaderChanged)
    {
        try
        {
            var service = ControllerService.Open(new ControllerServiceOptions
            {
                Context = _context,
                MetadataLogDir = _properties.MetadataLogDir,
                Settings = SettingsOf(settings),
                StaticVoters = ControllerServiceOptions.VotersOf(settings.Node),
                Local = place.Local,
                Quorum = place.Settings,
                Peers = place.Peers,
                LeaderChanged = leaderChanged,
                Random = host.Random,
                Fault = host.Fault,
                Loops = host.Loops,
                Limits = ControllerServiceOptions.LimitsOf(settings.MetadataLog),
            });
            if (!service.IsNew || OrphanedData.PartitionsWithoutMetadata(host.Files, _paths, _properties.MetadataLogDir) is not { } orphaned) return service;
            service.Abandon();
            throw new BrokerStartException(orphaned);
        }
        catch (MalformedMessageException malformed)
        {
            throw new BrokerStartException($"The metadata log in {_properties.MetadataLogDir} can't be served: {malformed.Message}", malformed);
        }
    }

    private ControllerSettings SettingsOf(BrokerSettings settings) => new()
    {
        NodeId = settings.NodeId,
        ClusterId = ClusterId,
        Static = settings.Config.Static,
        SessionTimeoutMs = settings.Registration.SessionTimeoutMs,
        UncleanElectionIntervalMs = settings.Elections.UncleanIntervalMs,
        RebalanceEnable = settings.Elections.RebalanceEnable,
        ImbalanceCheckIntervalMs = settings.Elections.ImbalanceCheckIntervalSeconds * 1000,
        IdleIntervalMs = settings.MetadataLog.MaxIdleIntervalMs,
    };

    public LogDirectories OpenLogs(BrokerSettings settings, BrokerHost host, Action<DirectoryFailure> onFailure) => new(
        _context,
        new LogDirectoriesOptions
        {
            RetentionCheckIntervalMs = settings.Log.RetentionCheckIntervalMs,
            FlushSchedulerIntervalMs = settings.Log.FlushSchedulerIntervalMs,
            RecoveryPointIntervalMs = settings.Log.FlushOffsetCheckpointIntervalMs,
            LogStartIntervalMs = settings.Log.FlushStartOffsetCheckpointIntervalMs,
            HighWatermarkIntervalMs = settings.Replication.HighWatermarkCheckpointIntervalMs,
            Workers = settings.Log.RecoveryThreadsPerDataDir * _paths.Count,
            ProducerExpirationIntervalMs = settings.Log.ProducerIdExpirationCheckIntervalMs,
            InitialDelayMs = settings.Log.InitialTaskDelayMs,
            Fault = host.Fault,
        },
        _paths.Select(path => (path, _properties.Formatted.TryGetValue(path, out var found) ? found.DirectoryId ?? Uuid.Zero : Uuid.Zero)),
        _properties.MetadataLogDir,
        host.Random,
        onFailure,
        _properties.Failed)
    {
        MoveBytesPerSecondMax = settings.Replication.AlterLogDirsMaxBytesPerSecond,
    };

    public void Dispose() => _locks.Dispose();

    private static void Format(BrokerSettings settings, BrokerHost host)
    {
        var outcome = StorageFormatter.Format(host.Files, host.Time, host.Random, new FormatRequest
        {
            ClusterId = Uuid.Random(host.Random).ToString(),
            NodeId = settings.NodeId,
            LogDirs = [.. settings.Node.LogDirs.Select(Path.GetFullPath)],
            MetadataLogDir = Path.GetFullPath(settings.Node.MetadataLogDir),
            HasStaticVoters = settings.Node.Voters.Count > 0,
            IsOneOfSeveral = settings.Node.Voters.Count > 1,
            Voters = settings.Node.Voters.Count > 0 ? InitialVoters.FromProperties : InitialVoters.Standalone,
            ControllerEndpoint = settings.Node.AdvertisedControllerListeners is [var controller, ..]
                ? new VoterEndpoint(controller.Name, controller.Host.Length > 0 ? controller.Host : "localhost", controller.Port)
                : null,
        });
        if (outcome.Error is { } problem) throw new BrokerStartException(problem);
    }
}
