using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster.Suspicions;

/// <summary>Whether a broker is dead, as the active controller judges it from what it and the others found: a step function.</summary>
/// <remarks>
/// Owned by the loop `inquest` of a controller. No method waits, reads a clock or fences; what is due is an answer of <see cref="Due"/>.
/// All of this must hold for one epoch of a broker, else its session decides, as Kafka's does:
/// (1) this controller's own node was refused at the very listener that it had reached in that epoch: it decides, so it asks itself;
/// (2) where other brokers watch, whose nodes this one does not take for dead as well, at least one of them was refused, too, and none
/// reached it: one node alone may be cut off from the broker, or have a firewall of its own;
/// (3) the connection that the broker's heartbeats came by has ended: a process that lives holds it open, whatever became of its listener;
/// (4) no heartbeat of that epoch came since the refusal; whoever sends one lives;
/// (5) all that has been so for <see cref="GraceMs"/>: a living broker whose connections were cut connects again within milliseconds.
/// A broker that was restarted listens again: then it is reached, (1) and (2) fail, and its former epoch is over with its session, unless
/// it was confirmed dead before it was back.
/// </remarks>
internal sealed class Inquest(BrokerId node)
{
    /// <summary>A tenth of the second in which clients are to be served again. Reconnecting takes 20 ms at first, and is tried at
    /// once.</summary>
    public const int GraceMs = 100;

    /// <summary>A verdict that was not obeyed (no leader any more, no majority) is given again.</summary>
    private const int RepeatMs = 500;

    private readonly SortedDictionary<int, Case> _cases = [];
    private bool _presides;

    /// <summary>When time alone may change something.</summary>
    public long Deadline { get; private set; } = long.MaxValue;

    /// <summary>This node leads the quorum, or does no more: what a former leader heard of heartbeats is nothing to go by.</summary>
    public void Preside(bool presides)
    {
        if (_presides == presides) return;
        _presides = presides;
        foreach (var broker in _cases.Values) broker.ForgetHeartbeats();
    }

    /// <summary>The brokers that are not fenced, with their epochs.</summary>
    public void Brokers(IReadOnlyList<(BrokerId Id, BrokerEpoch Epoch)> active)
    {
        var gone = _cases.Where(c => !active.Contains((new BrokerId(c.Key), c.Value.Epoch))).Select(c => c.Key).ToList();
        foreach (var id in gone) _cases.Remove(id);
        foreach (var (id, epoch) in active)
        {
            if (!_cases.ContainsKey(id.Value)) _cases[id.Value] = new Case(epoch);
        }
    }

    /// <summary>What this node's own watch found.</summary>
    public void Found(BrokerId id, BrokerEpoch epoch, Finding finding, long now)
    {
        if (Of(id, epoch) is not { } broker) return;
        if (finding != Finding.Refused) broker.RefusedSinceMs = null;
        else broker.RefusedSinceMs ??= now;
    }

    /// <summary>A heartbeat came that the controller accepted.</summary>
    /// <param name="id">Whose.</param>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="findings">What it tells of others; null where it watches nobody.</param>
    /// <param name="line">Cancelled when the connection ends that it came by.</param>
    /// <returns>Whether it is another connection than before.</returns>
    public bool Heard(BrokerId id, BrokerEpoch epoch, IReadOnlyList<FoundTarget>? findings, CancellationToken line)
    {
        if (Of(id, epoch) is not { } broker) return false;
        var isNew = broker.Line != line;
        broker.IsHeard = true;
        broker.RefusedSinceMs = null;
        broker.Line = line;
        broker.Findings = findings;
        return isNew;
    }

    /// <summary>The brokers that are dead, and whose sessions need not be waited for.</summary>
    public IReadOnlyList<(BrokerId Id, BrokerEpoch Epoch)> Due(long now)
    {
        Deadline = long.MaxValue;
        if (!_presides) return [];
        var due = new List<(BrokerId, BrokerEpoch)>();
        foreach (var (id, broker) in _cases)
        {
            if (!IsConfirmed(id, broker)) continue;
            var at = Math.Max(broker.RefusedSinceMs!.Value + GraceMs, broker.JudgedMs + RepeatMs);
            if (at <= now)
            {
                broker.JudgedMs = now;
                at = now + RepeatMs;
                due.Add((new BrokerId(id), broker.Epoch));
            }

            Deadline = Math.Min(Deadline, at);
        }

        return due;
    }

    private bool IsConfirmed(int id, Case broker)
    {
        if (id == node.Value || broker.RefusedSinceMs is null || broker.IsOnTheLine) return false;
        var asked = 0;
        var refused = 0;
        foreach (var (otherId, other) in _cases)
        {
            // the node's own broker is no second witness, and the dead give no evidence; whom this leader has not heard yet may watch
            if (otherId == id || otherId == node.Value || other.RefusedSinceMs is not null || (other.IsHeard && other.Findings is null)) continue;
            asked++;
            switch (other.Of(id, broker.Epoch))
            {
                case Finding.Refused:
                    refused++;
                    break;
                case Finding.Reached:
                    return false;
                default:
                    break;
            }
        }

        return asked == 0 || refused > 0;
    }

    private Case? Of(BrokerId id, BrokerEpoch epoch) => _cases.TryGetValue(id.Value, out var broker) && broker.Epoch == epoch ? broker : null;

    private sealed class Case(BrokerEpoch epoch)
    {
        public BrokerEpoch Epoch => epoch;

        public long? RefusedSinceMs { get; set; }

        /// <summary>A heartbeat came since this node leads.</summary>
        public bool IsHeard { get; set; }

        public CancellationToken? Line { get; set; }

        public IReadOnlyList<FoundTarget>? Findings { get; set; }

        public long JudgedMs { get; set; } = long.MinValue / 2;

        public bool IsOnTheLine => Line is { IsCancellationRequested: false };

        public Finding Of(int id, BrokerEpoch epochOfOther)
        {
            foreach (var found in Findings ?? [])
            {
                if (found.Id.Value == id && found.Epoch == epochOfOther) return found.Finding;
            }

            return Finding.None;
        }

        public void ForgetHeartbeats()
        {
            IsHeard = false;
            Line = null;
            Findings = null;
        }
    }
}
