using Ottla.Metadata.Image;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Control;

/// <summary>When each broker was heard of, and how far it is: what the active controller knows and no record says.</summary>
/// <remarks>
/// Owned by the metadata loop; begins anew with each controller, so after a change of controllers every broker has a whole session before
/// it. Bounded by the brokers that are registered. Times are those of the decisions, not of a clock.
/// </remarks>
internal sealed class BrokerSessions(ControlState state)
{
    private readonly SortedDictionary<int, Session> _sessions = [];

    /// <summary>The broker was heard of in a heartbeat.</summary>
    public void Touch(BrokerRegistration broker, long metadataOffset)
    {
        var session = Of(broker);
        session.LastMs = state.NowMs;
        session.MetadataOffset = metadataOffset;
    }

    /// <summary>Whether the broker was heard of within its session. One that was unfenced before this controller heard of it has a whole
    /// session from now on, since it may well be alive; one that is fenced and silent has none.</summary>
    /// <remarks>The broker of the controller's own node lives as long as the controller does.</remarks>
    public bool IsAlive(BrokerRegistration broker) => broker.Id == state.Settings.NodeId
        || (!broker.Fenced || IsKnown(broker)) && state.NowMs - Of(broker).LastMs < state.Settings.SessionTimeoutMs;

    /// <summary>Somebody has confirmed that the broker's process is dead, or it was let go: its session is over.</summary>
    public void End(BrokerRegistration broker) => Of(broker).LastMs = long.MinValue / 2;

    /// <summary>When the next of these sessions ends if nothing is heard.</summary>
    public long NextEndMs(IEnumerable<BrokerRegistration> brokers)
    {
        var next = long.MaxValue;
        foreach (var broker in brokers.Where(broker => broker.Id != state.Settings.NodeId)) next = Math.Min(next, Of(broker).LastMs + state.Settings.SessionTimeoutMs);
        return next;
    }

    /// <summary>The broker gives its leaderships away; it may stop when all active brokers have heard so.</summary>
    public void BeginShutdown(BrokerRegistration broker, Offset told) => Of(broker).ShutdownOffset = told.Value;

    /// <summary>Whether every active broker knows of the shutdown.</summary>
    public bool AllKnowOfShutdown(BrokerRegistration broker)
    {
        var told = Of(broker).ShutdownOffset;
        foreach (var other in state.Image.Cluster.Brokers.Values)
        {
            if (other.IsActive && Of(other).MetadataOffset < told) return false;
        }

        return true;
    }

    private bool IsKnown(BrokerRegistration broker) =>
        _sessions.TryGetValue(broker.Id.Value, out var session) && session.Epoch == broker.Epoch;

    private Session Of(BrokerRegistration broker)
    {
        if (_sessions.TryGetValue(broker.Id.Value, out var session) && session.Epoch == broker.Epoch) return session;
        return _sessions[broker.Id.Value] = new Session(broker.Epoch) { LastMs = state.NowMs };
    }

    private sealed class Session(BrokerEpoch epoch)
    {
        public BrokerEpoch Epoch => epoch;

        public long LastMs { get; set; }

        public long MetadataOffset { get; set; } = -1;

        public long ShutdownOffset { get; set; } = -1;
    }
}
