using Ottla.Configuration.Settings;
using Ottla.Log;
using Ottla.Metadata.Control;
using Ottla.Metadata.Log;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Messages;
using Ottla.Raft.Quorum;
using Ottla.Raft.Voters;
using Ottla.Metadata.Quorum;
using QuorumSettings = Ottla.Raft.Quorum.QuorumSettings;
using Voter = Ottla.Raft.Voters.Voter;
using Ottla.Runtime.Loops;

namespace Ottla.Metadata.Service;

/// <summary>What a controller needs from the node that hosts it.</summary>
public sealed record ControllerServiceOptions
{
    /// <summary>Disk, clock, handles, logger.</summary>
    public required LogContext Context { get; init; }

    /// <summary>The formatted log directory that holds `__cluster_metadata-0`; its lock is held by the caller.</summary>
    public required string MetadataLogDir { get; init; }

    public required ControllerSettings Settings { get; init; }

    /// <summary>The voters of `controller.quorum.voters`; <see cref="VoterSet.Empty"/> where the log names them.</summary>
    public required VoterSet StaticVoters { get; init; }

    public required Random Random { get; init; }

    /// <summary>Ends the process: the metadata directory is lost, or a rule that must hold does not.</summary>
    public required Action<Exception> Fault { get; init; }

    /// <summary>Where the turns of its loops run; null is the thread pool.</summary>
    public ILoopScheduler? Loops { get; init; }

    public MetadataLogLimits Limits { get; init; } = new();

    /// <summary>This node in the quorum; null for one who votes alone and is reached by nobody.</summary>
    public LocalReplica? Local { get; init; }

    /// <summary>What `controller.quorum.*` say.</summary>
    public QuorumSettings Quorum { get; init; } = new();

    /// <summary>Hears, on the metadata loop, of each change of who leads the quorum, and where; an id of none is nobody.</summary>
    public Action<LeaderHint>? LeaderChanged { get; init; }

    /// <summary>The way to the other nodes; null for one who votes alone. Disposed by the caller, after the service has stopped.</summary>
    public IQuorumPeers? Peers { get; init; }

    /// <summary>The voters that the properties file names.</summary>
    public static VoterSet VotersOf(NodeSettings node)
    {
        var listener = node.ControllerListenerNames.Count > 0 ? node.ControllerListenerNames[0] : "";
        return node.Voters.Count == 0
            ? VoterSet.Empty
            : new VoterSet(0, [.. node.Voters.Select(voter => new Voter(voter.Id, Uuid.Zero, [new VoterEndpoint(listener, voter.Host, voter.Port)]))]);
    }

    /// <summary>The quorum's time-outs and bounds of the properties file.</summary>
    public static QuorumSettings TimingOf(Configuration.Settings.QuorumSettings settings) => new()
    {
        ElectionTimeoutMs = settings.ElectionTimeoutMs,
        ElectionBackoffMsMax = settings.ElectionBackoffMaxMs,
        FetchTimeoutMs = settings.FetchTimeoutMs,
        RequestTimeoutMs = settings.RequestTimeoutMs,
        RetryBackoffMs = settings.RetryBackoffMs,
        FetchBytesMax = settings.FetchMaxBytes,
        SnapshotBytesMax = settings.FetchSnapshotMaxBytes,
        AutoJoin = settings.AutoJoinEnable,
    };

    /// <summary>This node in the quorum.</summary>
    /// <param name="node">Who it is, and what it is to be.</param>
    /// <param name="cluster">The cluster of its directories.</param>
    /// <param name="directory">The id of the directory that holds the metadata log.</param>
    /// <param name="endpoints">Where it is reached as a controller, its ports known by now; nothing for a broker.</param>
    public static LocalReplica LocalOf(NodeSettings node, string cluster, Uuid directory, IReadOnlyList<VoterEndpoint> endpoints)
    {
        var listener = node.ControllerListenerNames.Count > 0 ? node.ControllerListenerNames[0] : "";
        return new LocalReplica(new ReplicaKey(node.Id, directory), listener, endpoints, node.IsController)
        {
            ClusterId = cluster,
            Bootstrap = [.. node.BootstrapServers.Select(server => new VoterEndpoint(listener, server.Host, server.Port))],
        };
    }

    /// <summary>The limits that the properties file sets.</summary>
    public static MetadataLogLimits LimitsOf(MetadataLogSettings settings) => new()
    {
        SegmentBytes = settings.SegmentBytes,
        SegmentMs = settings.SegmentMs,
        RecordBytesBetweenSnapshotsMax = settings.MaxRecordBytesBetweenSnapshots,
        SnapshotIntervalMsMax = settings.MaxSnapshotIntervalMs,
        RetentionBytes = settings.RetentionBytes,
        RetentionMs = settings.RetentionMs,
        DeleteDelayMs = settings.DeleteDelayMs,
    };
}
