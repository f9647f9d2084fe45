using Ottla.Protocol.Primitives;
using Ottla.Raft.Voters;

namespace Ottla.Metadata.Formatting;

/// <summary>How the voters of the quorum become known (KIP-853).</summary>
public enum InitialVoters
{
    /// <summary>No option was given: `controller.quorum.voters` names them, or this node is no controller.</summary>
    FromProperties,

    /// <summary>`--standalone`: this node alone.</summary>
    Standalone,

    /// <summary>`--initial-controllers`.</summary>
    Named,

    /// <summary>`--no-initial-controllers`: the node will join others.</summary>
    None,
}

/// <summary>What `storage format` is asked to do.</summary>
public sealed record FormatRequest
{
    /// <summary>Any text; most people take a random id.</summary>
    public required string ClusterId { get; init; }

    public required BrokerId NodeId { get; init; }

    public required IReadOnlyList<string> LogDirs { get; init; }

    /// <summary>Where the metadata log lies: one of <see cref="LogDirs"/>, or apart.</summary>
    public required string MetadataLogDir { get; init; }

    public bool IsController { get; init; } = true;

    /// <summary>Whether `controller.quorum.voters` is set.</summary>
    public bool HasStaticVoters { get; init; }

    /// <summary>Whether `controller.quorum.voters` names others, from whom an empty metadata log is filled again.</summary>
    public bool IsOneOfSeveral { get; init; }

    /// <summary>Where this controller is reached; goes into the voters with `--standalone`.</summary>
    public VoterEndpoint? ControllerEndpoint { get; init; }

    public InitialVoters Voters { get; init; } = InitialVoters.FromProperties;

    /// <summary>The text of `--initial-controllers`.</summary>
    public string? NamedVoters { get; init; }

    /// <summary>`--release-version`: `4.4`, `4.4-IV2`; null is the newest.</summary>
    public string? ReleaseVersion { get; init; }

    /// <summary>Each `--feature NAME=LEVEL`.</summary>
    public IReadOnlyList<(string Name, short Level)> Features { get; init; } = [];

    /// <summary>Each `--add-scram`.</summary>
    public IReadOnlyList<string> Scram { get; init; } = [];

    /// <summary>`--ignore-formatted`: leave directories that are formatted as they are, instead of refusing.</summary>
    public bool IgnoreFormatted { get; init; }
}

/// <summary>What became of it.</summary>
/// <param name="Error">Why nothing was formatted; null where it was.</param>
/// <param name="Lines">What to tell the user.</param>
public sealed record FormatOutcome(string? Error, IReadOnlyList<string> Lines)
{
    public bool IsOk => Error is null;

    internal static FormatOutcome Refused(string error) => new(error, []);
}
