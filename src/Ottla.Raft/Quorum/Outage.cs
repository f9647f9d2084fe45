using System.Globalization;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Voters;

namespace Ottla.Raft.Quorum;

/// <summary>Tells people that the quorum can't be reached: whom, for how long, what to look at.</summary>
/// <remarks>Owned by the node's loop. It speaks after <see cref="FirstMs"/>, then less and less often; and once more when it is over. What
/// went wrong is kept for each peer, the last thing only; peers are voters and bootstrap servers, so there are few.</remarks>
internal sealed class Outage(QuorumSettings settings)
{
    private const int MentionedMax = 9;

    private readonly SortedDictionary<string, string> _failures = new(StringComparer.Ordinal);
    private long _sinceMs = -1;
    private long _pauseMs;
    private bool _wasTold;

    /// <summary>Elections and starts take less; whoever waits longer wants to know why.</summary>
    private long FirstMs => 5L * settings.ElectionTimeoutMs;

    public long NextMs { get; private set; } = long.MaxValue;

    public static string Describe(RequestFailure failure) => failure switch
    {
        RequestFailure.TimedOut => "no answer in time",
        RequestFailure.Refused => "connection refused",
        RequestFailure.Disconnected => "connection broken",
        _ => "speaks something else there",
    };

    public void Note(QuorumPeer peer, string why)
    {
        var name = $"{(peer.Id == BrokerId.None ? "" : $"{peer.Id}@")}{peer.Endpoint.Host}:{peer.Endpoint.Port}";
        if (_failures.Count < MentionedMax || _failures.ContainsKey(name)) _failures[name] = why;
    }

    /// <returns>What to say now; null for nothing.</returns>
    public string? Poll(long now, bool isSettled, VoterSet voters, BrokerId leader)
    {
        if (isSettled) return Settle(now, leader);
        if (_sinceMs < 0)
        {
            _sinceMs = now;
            _pauseMs = FirstMs;
            NextMs = now + FirstMs;
        }

        if (now < NextMs) return null;
        _wasTold = true;
        _pauseMs = Math.Min(2 * _pauseMs, 60_000);
        NextMs = now + _pauseMs;
        var who = string.Join(", ", voters.Voters.Select(voter => voter.Id));
        var reasons = _failures.Count == 0 ? "" : $" Last heard: {string.Join("; ", _failures.Select(failure => $"{failure.Key} {failure.Value}"))}.";
        return $"No leader of the metadata quorum for {Seconds(now - _sinceMs)}: of the voters {(who.Length == 0 ? "(none known)" : who)} a majority has to run and be " +
            $"reached.{reasons} Check that these nodes run and that controller.quorum.voters or controller.quorum.bootstrap.servers name their ports. Trying on.";
    }

    private string? Settle(long now, BrokerId leader)
    {
        var text = _wasTold ? $"The metadata quorum is led by node {leader} now, after {Seconds(now - _sinceMs)}." : null;
        _sinceMs = -1;
        _wasTold = false;
        NextMs = long.MaxValue;
        _failures.Clear();
        return text;
    }

    private static string Seconds(long ms) => $"{(ms / 1000.0).ToString("0.#", CultureInfo.InvariantCulture)} s";
}
