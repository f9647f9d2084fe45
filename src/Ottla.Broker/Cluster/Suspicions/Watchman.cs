using Ottla.Network;
using Ottla.Network.Connections;
using Ottla.Network.Links;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Loops;

namespace Ottla.Broker.Cluster.Suspicions;

/// <summary>Runs a <see cref="Suspicion"/>: an idle connection to each node that is watched, and news of what was found.</summary>
/// <remarks>
/// Owns the loop `suspicion`. A connection costs some 2 KiB here and is opened once; the peer closes it after `connections.max.idle.ms`,
/// and it is opened again.
/// </remarks>
internal sealed class Watchman : IDisposable
{
    /// <summary>A listener that takes longer is frozen or far away, which is no death.</summary>
    private const int DialMsMax = 2_000;

    private readonly NetworkPlatform _platform;
    private readonly LinkOptions _options;
    private readonly Action<Exception> _fault;
    private readonly Suspicion _brain = new();
    private readonly EventLoop _loop;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<Target, Connection> _open = [];
    private IReadOnlyList<Target> _brokers = [];
    private IReadOnlyList<Target> _controllers = [];
    private ReadOnlyMemory<byte> _told = Findings.None;
    private long _timerAt = long.MaxValue;

    public Watchman(BrokerId node, NetworkPlatform platform, Action<Exception> fault)
    {
        (_platform, _fault) = (platform, fault);
        _options = new LinkOptions { ClientId = $"node-{node}-watch", ConnectTimeoutMs = DialMsMax };
        _loop = new EventLoop("suspicion", fault);
        _timer = platform.Time.CreateTimer(_ => Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What there is to tell of brokers has changed; for the next heartbeat. On the loop, which must not be held up.</summary>
    public event Action<ReadOnlyMemory<byte>>? FindingsChanged;

    /// <summary>Something was found out about a target, or found again. On the loop.</summary>
    public event Action<Target, Finding>? Found;

    /// <summary>The brokers to watch: all others that may lead, with their epochs and the listener that brokers use among
    /// themselves.</summary>
    public void WatchBrokers(IReadOnlyList<Target> brokers) => _loop.Post(() =>
    {
        _brokers = brokers;
        Step(new SuspicionInput.TargetsChanged([.. _brokers, .. _controllers]));
    });

    /// <summary>The controllers to watch: the one that leads, unless it is this node.</summary>
    public void WatchControllers(IReadOnlyList<Target> controllers) => _loop.Post(() =>
    {
        _controllers = controllers;
        Step(new SuspicionInput.TargetsChanged([.. _brokers, .. _controllers]));
    });

    public void Dispose()
    {
        _stopping.Cancel();
        _timer.Dispose();
        _loop.Post(() =>
        {
            foreach (var connection in _open.Values) connection.Dispose();
            _open.Clear();
        });
    }

    /// <summary>The timer rings once for each setting, and may be a few milliseconds early: it is set anew then, also for the same
    /// moment.</summary>
    private void Ring()
    {
        _loop.Post(() => _timerAt = long.MaxValue);
        Post(new SuspicionInput.TimePassed());
    }

    private void Post(SuspicionInput input) => _loop.Post(() => Step(input));

    private void Step(SuspicionInput input)
    {
        if (_stopping.IsCancellationRequested) return;
        var now = NowMs();
        var isNews = false;
        foreach (var output in _brain.Step(input, now))
        {
            switch (output)
            {
                case SuspicionOutput.Dial(var target):
                    _ = Dial(target);
                    break;
                case SuspicionOutput.HangUp(var target):
                    if (_open.Remove(target, out var connection)) connection.Dispose();
                    isNews |= target.Duty == Duty.Broker;
                    break;
                case SuspicionOutput.Found(var target, var finding):
                    isNews |= target.Duty == Duty.Broker;
                    Found?.Invoke(target, finding);
                    break;
                default:
                    throw new InvariantException($"Nobody knows how to do {output.GetType()}");
            }
        }

        if (isNews) TellIfNew();
        if (_brain.Deadline == _timerAt) return;
        _timerAt = _brain.Deadline;
        _timer.Change(_timerAt == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Max(0, _timerAt - now)), Timeout.InfiniteTimeSpan);
    }

    /// <summary>A refusal that is found again every quarter of a second is no news for the heartbeats.</summary>
    private void TellIfNew()
    {
        var findings = Findings.Write(_brain.OfBrokers);
        if (findings.Span.SequenceEqual(_told.Span)) return;
        _told = findings;
        FindingsChanged?.Invoke(findings);
    }

    private async Task Dial(Target target)
    {
        try
        {
            var opened = await Connection.Open(target.Address, _options, _platform, new Line(this, target), _stopping.Token).ConfigureAwait(false);
            _loop.Post(() => Take(target, opened));
        }
        catch (OperationCanceledException)
        {
            // the node stops
        }
#pragma warning disable CA1031 // handed to the fault handler, which ends the process
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _fault(fault);
        }
    }

    private void Take(Target target, Opened opened)
    {
        if (opened.Connection is not { } connection)
        {
            Step(new SuspicionInput.NotOpened(target, opened.Error!.Failure));
            return;
        }

        if (_stopping.IsCancellationRequested || !(_brokers.Contains(target) || _controllers.Contains(target)))
        {
            connection.Dispose();
            return;
        }

        _open[target] = connection;
        Step(new SuspicionInput.Opened(target));
        // it may have ended before it was known to be open
        if (!connection.IsOpen) End(target);
    }

    private void End(Target target)
    {
        if (_open.Remove(target, out var connection)) Step(new SuspicionInput.Ended(target));
        connection?.Dispose();
    }

    private long NowMs() => (long)_platform.Time.GetElapsedTime(0).TotalMilliseconds;

    private sealed class Line(Watchman watchman, Target target) : IConnectionOwner
    {
        public void Answered()
        {
            // nothing is asked on it
        }

        public void Ended(LinkError why) => watchman._loop.Post(() => watchman.End(target));
    }
}
