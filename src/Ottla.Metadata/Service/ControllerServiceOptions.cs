using Ottla.Configuration.Settings;
using Ottla.Log;
using Ottla.Metadata.Control;
using Ottla.Metadata.Log;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Voters;
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

    /// <summary>The voters that the properties file names.</summary>
    public static VoterSet VotersOf(NodeSettings node)
    {
        var listener = node.ControllerListenerNames.Count > 0 ? node.ControllerListenerNames[0] : "";
        return node.Voters.Count == 0
            ? VoterSet.Empty
            : new VoterSet(0, [.. node.Voters.Select(voter => new Voter(voter.Id, Uuid.Zero, [new VoterEndpoint(listener, voter.Host, voter.Port)]))]);
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
