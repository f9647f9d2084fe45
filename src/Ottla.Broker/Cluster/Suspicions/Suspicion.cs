using Ottla.Network.Links;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster.Suspicions;

/// <summary>What happens between a node and those that it watches.</summary>
internal abstract record SuspicionInput
{
    private SuspicionInput()
    {
    }

    /// <summary>Whom to watch from now on; a target whose epoch or address changed is another.</summary>
    public sealed record TargetsChanged(IReadOnlyList<Target> Targets) : SuspicionInput;

    /// <summary>A <see cref="SuspicionOutput.Dial"/> reached its target, and the connection stands.</summary>
    public sealed record Opened(Target Target) : SuspicionInput;

    /// <summary>The connection that stood has ended, and not on this side.</summary>
    public sealed record Ended(Target Target) : SuspicionInput;

    /// <summary>A <see cref="SuspicionOutput.Dial"/> reached nobody.</summary>
    public sealed record NotOpened(Target Target, LinkFailure Failure) : SuspicionInput;

    public sealed record TimePassed : SuspicionInput;
}

/// <summary>What a node that watches wants done.</summary>
internal abstract record SuspicionOutput
{
    private SuspicionOutput()
    {
    }

    /// <summary>Connect, and keep the connection; the answer is an input.</summary>
    public sealed record Dial(Target Target) : SuspicionOutput;

    /// <summary>It is watched no more: close the connection if there is one.</summary>
    public sealed record HangUp(Target Target) : SuspicionOutput;

    /// <summary>Something was found out, or found again.</summary>
    public sealed record Found(Target Target, Finding Finding) : SuspicionOutput;
}

/// <summary>Watches other nodes by an idle connection to each, and asks where one ends: a step function, the same in brokers and
/// controllers.</summary>
/// <remarks>
/// Owned by the loop `suspicion`. No method waits, reads a clock or opens anything.
/// A process that dies leaves ended streams and a port that refuses, at once. The end of a stream alone says nothing: it is a hint, and the
/// listener is asked. A refusal counts from one who has reached that very listener in that very epoch, since a firewall or a listener that
/// was never there refuse in the same way; one who only ever failed has nothing to tell. No answer, or an unclear one, takes back what was
/// found:
/// a frozen process, or a machine that is gone, are left to the session's time-out.
/// A peer that lets in and closes again (it has its `max.connections`) is reached, each time; it is asked less and less often.
/// </remarks>
internal sealed class Suspicion
{
    /// <summary>After a refusal: so a node that is back is seen, and whoever leads the quorum later has a finding that is fresh.</summary>
    private const int RefusedPauseMs = 250;

    /// <summary>After an end that follows another: doubles up to <see cref="PauseMsMax"/>.</summary>
    private const int EndedPauseMs = 5;

    /// <summary>After no answer.</summary>
    private const int UnclearPauseMs = 1_000;

    private const int PauseMsMax = 5_000;

    /// <summary>An end so long after the last one begins anew: a connection that was idle for too long is closed every ten
    /// minutes.</summary>
    private const int QuietMs = 10_000;

    private readonly List<Watched> _watched = [];
    private readonly List<SuspicionOutput> _outputs = [];

    /// <summary>When time alone changes something.</summary>
    public long Deadline { get; private set; } = long.MaxValue;

    /// <summary>What there is to tell of brokers now.</summary>
    public IReadOnlyList<FoundTarget> OfBrokers =>
    [
        .. _watched.Where(w => w.Target.Duty == Duty.Broker && w.Finding != Finding.None)
            .Select(w => new FoundTarget(w.Target.Id, new BrokerEpoch(w.Target.Epoch), w.Finding)),
    ];

    public IReadOnlyList<SuspicionOutput> Step(SuspicionInput input, long now)
    {
        _outputs.Clear();
        switch (input)
        {
            case SuspicionInput.TargetsChanged(var targets):
                Watch(targets, now);
                break;
            case SuspicionInput.Opened(var target):
                if (Find(target) is { } opened) Open(opened);
                break;
            case SuspicionInput.Ended(var target):
                if (Find(target) is { } ended) End(ended, now);
                break;
            case SuspicionInput.NotOpened(var target, var failure):
                if (Find(target) is { } asked) Fail(asked, failure, now);
                break;
            case SuspicionInput.TimePassed:
                break;
            default:
                throw new InvariantException($"Suspicion does not know {input.GetType()}");
        }

        DialDue(now);
        return [.. _outputs];
    }

    private void Watch(IReadOnlyList<Target> targets, long now)
    {
        foreach (var gone in _watched.Where(w => !targets.Contains(w.Target)).ToList())
        {
            _watched.Remove(gone);
            _outputs.Add(new SuspicionOutput.HangUp(gone.Target));
        }

        foreach (var target in targets)
        {
            if (Find(target) is null) _watched.Add(new Watched(target) { NextMs = now });
        }
    }

    private void Open(Watched watched)
    {
        watched.IsDialing = false;
        watched.IsOpen = true;
        watched.HasReached = true;
        watched.NextMs = long.MaxValue;
        // whoever was never in question needs no acquittal
        if (watched.Ends > 0) Tell(watched, Finding.Reached);
    }

    private static void End(Watched watched, long now)
    {
        watched.IsDialing = false;
        watched.IsOpen = false;
        if (now - watched.EndedMs > QuietMs) watched.Ends = 0;
        watched.EndedMs = now;
        watched.NextMs = watched.Ends == 0 ? now : now + Math.Min(EndedPauseMs << Math.Min(watched.Ends - 1, 20), PauseMsMax);
        watched.Ends++;
    }

    private void Fail(Watched watched, LinkFailure failure, long now)
    {
        watched.IsDialing = false;
        watched.IsOpen = false;
        switch (failure)
        {
            case LinkFailure.Refused when watched.HasReached:
                watched.NextMs = now + RefusedPauseMs;
                Tell(watched, Finding.Refused);
                break;
            case LinkFailure.EndOfStream or LinkFailure.Reset:
                // it was let in: a listener that closes while its process dies does so, too
                End(watched, now);
                break;
            default:
                watched.NextMs = now + UnclearPauseMs;
                if (watched.Finding != Finding.None) Tell(watched, Finding.None);
                break;
        }
    }

    private void Tell(Watched watched, Finding finding)
    {
        Invariant.That(finding != Finding.Refused || watched.HasReached);
        watched.Finding = finding;
        _outputs.Add(new SuspicionOutput.Found(watched.Target, finding));
    }

    private void DialDue(long now)
    {
        Deadline = long.MaxValue;
        foreach (var watched in _watched)
        {
            if (watched.IsDialing || watched.IsOpen) continue;
            if (watched.NextMs <= now)
            {
                watched.IsDialing = true;
                _outputs.Add(new SuspicionOutput.Dial(watched.Target));
            }
            else
            {
                Deadline = Math.Min(Deadline, watched.NextMs);
            }
        }
    }

    private Watched? Find(Target target) => _watched.Find(w => w.Target == target);

    private sealed class Watched(Target target)
    {
        public Target Target => target;

        public bool IsDialing { get; set; }

        public bool IsOpen { get; set; }

        public bool HasReached { get; set; }

        public Finding Finding { get; set; }

        public int Ends { get; set; }

        public long EndedMs { get; set; } = long.MinValue / 2;

        public long NextMs { get; set; }
    }
}
