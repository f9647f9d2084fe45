using System.Globalization;
using Ottla.Protocol.Primitives;

namespace Ottla.Raft.Voters;

/// <summary>Where a voter listens for one listener name.</summary>
public sealed record VoterEndpoint(string Listener, string Host, int Port);

/// <summary>One controller that votes. <see cref="DirectoryId"/> is zero where voters are static (`controller.quorum.voters`, KIP-595), and
/// the id of its metadata directory where they are dynamic (KIP-853).</summary>
public sealed record Voter(BrokerId Id, Uuid DirectoryId, IReadOnlyList<VoterEndpoint> Endpoints)
{
    public VersionRange KRaftVersions { get; init; } = VoterSet.SupportedKRaftVersions;

    public ReplicaKey Key => new(Id, DirectoryId);

    /// <summary>Where others reach it: the listener of that name, else the first that there is.</summary>
    public VoterEndpoint? EndpointOf(string listener) =>
        Endpoints.FirstOrDefault(endpoint => endpoint.Listener == listener) ?? (Endpoints.Count > 0 ? Endpoints[0] : null);

    /// <summary>The same copy, endpoints and levels.</summary>
    public bool Says(Voter other) => Key == other.Key && KRaftVersions == other.KRaftVersions && Endpoints.SequenceEqual(other.Endpoints);
}

/// <summary>Who votes. Immutable.</summary>
/// <param name="KRaftVersion">0: static, from the properties file; 1: dynamic, from VotersRecords in the log or its bootstrap
/// snapshot.</param>
public sealed record VoterSet(short KRaftVersion, IReadOnlyList<Voter> Voters)
{
    /// <summary>Levels of the feature `kraft.version` that this program speaks.</summary>
    public static readonly VersionRange SupportedKRaftVersions = new(0, 1);

    public static readonly VoterSet Empty = new(0, []);

    public int Count => Voters.Count;

    /// <summary>How many voters are more than half.</summary>
    public int Majority => Count / 2 + 1;

    public Voter? Find(BrokerId id) => Voters.FirstOrDefault(voter => voter.Id == id);

    /// <summary>Whether this copy votes. A voter whose directory is recorded is that directory alone; a static one is whoever has its id.</summary>
    public bool IsVoter(ReplicaKey key) => Find(key.Id) is { } voter && (voter.DirectoryId.IsZero || voter.DirectoryId == key.DirectoryId);

    /// <summary>These voters and one more, in the order of their ids.</summary>
    public VoterSet With(Voter voter) => this with { Voters = [.. Voters.Where(other => other.Id != voter.Id).Append(voter).OrderBy(v => v.Id.Value)] };

    public VoterSet Without(BrokerId id) => this with { Voters = [.. Voters.Where(voter => voter.Id != id)] };

    public string Ids() => string.Join(", ", Voters.Select(voter => voter.Id));

    /// <summary>The voters' keys in the form of Kafka's messages.</summary>
    public string Keys() => $"[{string.Join(", ", Voters.Select(voter => voter.Key))}]";

    /// <summary>Reads `controller.quorum.voters`: `1@host:port,2@host:port`.</summary>
    /// <param name="entries">The list's entries.</param>
    /// <param name="listener">The name of the controllers' listener, to be put into the endpoints.</param>
    /// <param name="voters">The static voters.</param>
    /// <returns>What is wrong with the entries; null where nothing is.</returns>
    public static string? TryParseStatic(IReadOnlyList<string> entries, string listener, out VoterSet voters)
    {
        var found = new List<Voter>(entries.Count);
        voters = Empty;
        foreach (var entry in entries)
        {
            if (TryParseVoter(entry.Trim(), listener) is not { } voter) return $"'{entry}' is not ID@HOST:PORT";
            if (found.Any(other => other.Id == voter.Id)) return $"the id {voter.Id} is there twice";
            found.Add(voter);
        }

        voters = new VoterSet(0, found);
        return null;
    }

    /// <summary>Reads the argument of `--initial-controllers`: `ID@HOST:PORT:DIRECTORY,...` (KIP-853).</summary>
    public static string? TryParseInitial(string text, string listener, out VoterSet voters)
    {
        var found = new List<Voter>();
        voters = Empty;
        foreach (var entry in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var at = entry.IndexOf('@', StringComparison.Ordinal);
            if (at < 0) return "No @ found in dynamic voter string.";
            var colon = entry.LastIndexOf(':');
            if (colon < at) return "No colon following host could be found.";
            if (!Uuid.TryParse(entry[(colon + 1)..], out var directory)) return "Failed to parse directory ID in dynamic voter string.";
            if (TryParseVoter(entry[..colon], listener) is not { } voter) return $"'{entry}' is not ID@HOST:PORT:DIRECTORY.";
            if (found.Any(other => other.Id == voter.Id)) return $"Node id {voter.Id} was specified more than once.";
            found.Add(voter with { DirectoryId = directory });
        }

        voters = new VoterSet(1, found);
        return null;
    }

    private static Voter? TryParseVoter(string entry, string listener)
    {
        var at = entry.IndexOf('@', StringComparison.Ordinal);
        var colon = entry.LastIndexOf(':');
        if (at <= 0 || colon <= at + 1) return null;
        if (!int.TryParse(entry.AsSpan(0, at), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return null;
        if (!ushort.TryParse(entry.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return null;
        var host = entry[(at + 1)..colon].Trim('[', ']');
        return new Voter(new BrokerId(id), Uuid.Zero, [new VoterEndpoint(listener, host, port)]);
    }
}
