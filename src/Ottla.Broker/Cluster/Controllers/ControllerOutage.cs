using Ottla.Network;

namespace Ottla.Broker.Cluster.Controllers;

/// <summary>Tells people that no controller answers: who was asked, for how long, what to look at.</summary>
/// <remarks>Under its owner's lock. It speaks after <see cref="FirstMs"/>, then less and less often up to once a minute; and once more when
/// it is over.</remarks>
internal sealed class ControllerOutage(string purpose, IReadOnlyList<NodeAddress> known)
{
    /// <summary>Elections and restarts take less; whoever waits longer wants to know why.</summary>
    private const int FirstMs = 5_000;

    private const int PauseMsMax = 60_000;

    private long _sinceMs = -1;
    private long _nextMs;
    private long _pauseMs;
    private bool _isTold;

    /// <summary>A try failed.</summary>
    /// <returns>What to say now; null for nothing.</returns>
    public string? Failed(ControllerSeat? asked, string why, long now)
    {
        if (_sinceMs < 0)
        {
            _sinceMs = now;
            _pauseMs = FirstMs;
            _nextMs = now + FirstMs;
        }

        if (now < _nextMs) return null;
        _isTold = true;
        _pauseMs = Math.Min(2 * _pauseMs, PauseMsMax);
        _nextMs = now + _pauseMs;
        var whom = asked is null ? "no controller is known to lead" : $"controller {asked.Id} at {asked.Address} was asked last: {why}";
        var places = known.Count == 0 ? "" : $" ({string.Join(", ", known)})";
        return $"Waiting for a controller for {(now - _sinceMs) / 1000} s ({purpose}); {whom}. A majority of the controllers has to run and be reached from here: check " +
            $"that controller.quorum.voters or controller.quorum.bootstrap.servers{places} name them with the ports of their controller listeners. Trying on.";
    }

    /// <summary>A controller answered.</summary>
    public string? Answered(ControllerSeat by, long now)
    {
        var text = _isTold ? $"Controller {by.Id} answers again ({purpose}), after {(now - _sinceMs) / 1000} s." : null;
        _sinceMs = -1;
        _isTold = false;
        return text;
    }
}
