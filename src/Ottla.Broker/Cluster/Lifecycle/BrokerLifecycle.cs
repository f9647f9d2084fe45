using Ottla.Broker.Cluster.Suspicions;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Cluster.Lifecycle;

/// <summary>A broker's life in its cluster as a step function: registration, heartbeats, fencing, stopping (KIP-631).</summary>
/// <remarks>
/// Owned by the loop `broker-lifecycle`. No method waits, reads a clock or sends anything; one request is under way at a time, and what
/// changes meanwhile goes with the next heartbeat, which then follows at once.
/// Catching up: the controller unfences a broker that has the metadata log as far as its own registration, which is its epoch. So the
/// broker knows itself when that is so, and asks then, not every <see cref="LifecycleSettings.HeartbeatIntervalMs"/>.
/// A controller that does not know the epoch (the broker was unregistered, or another process took its id) makes the broker register anew,
/// as the same incarnation; DUPLICATE_BROKER_REGISTRATION is asked again until the other's session is over. What no time mends ends the
/// broker:
/// another cluster's id, a feature level that it does not support, directories that the controller refuses.
/// A quorum that can't be reached ends nothing: the broker tries on and says so.
/// </remarks>
internal sealed class BrokerLifecycle(LifecycleSettings settings)
{
    /// <summary>Pause after the first failure; doubles up to half a session, so that one lost request never costs the session.</summary>
    private const int RetryMs = 100;

    /// <summary>Pause between the questions of a broker that stops whether it may: leaders move in milliseconds, and clients wait for
    /// it.</summary>
    private const int StopPollMs = 20;

    /// <summary>How long a broker waits for the controller to take its leaders away. Kafka waits as long.</summary>
    private const int StopMsMax = 300_000;

    private readonly List<LifecycleOutput> _outputs = [];
    private readonly List<(Uuid Directory, long UntilMs)> _unreported = [];
    private readonly List<Uuid> _offline = [];
    private List<Uuid> _cordoned = [.. settings.Cordoned];
    private BrokerEpoch _epoch = BrokerEpoch.None;
    private Offset _applied = Offset.Zero;
    private ReadOnlyMemory<byte> _findings = Findings.None;
    private Stage _stage = Stage.Waiting;
    private bool _isReady;
    private bool _isUnderWay;
    private bool _isUrgent;
    private bool _isTold;
    private int _failures;
    private int _offlineSent;
    private long _startedMs;
    private long _stopWantedMs;
    private long _heardMs;
    private long _nextMs = long.MaxValue;

    private enum Stage
    {
        /// <summary>Before the start.</summary>
        Waiting,

        Registering,

        /// <summary>Registered; fenced or not, as the controller says.</summary>
        Member,

        /// <summary>The node is to stop, and the controller is asked whether it may.</summary>
        Stopping,

        Ended,
    }

    /// <summary>When time alone changes something.</summary>
    public long Deadline => _stage is Stage.Waiting or Stage.Ended ? long.MaxValue
        : Math.Min(_isUnderWay ? long.MaxValue : _nextMs, _unreported.Count > 0 ? _unreported[0].UntilMs : long.MaxValue);

    public BrokerEpoch Epoch => _epoch;

    /// <summary>What the controller said last.</summary>
    public bool IsFenced { get; private set; } = true;

    private bool WantsFence => !_isReady || _applied.Value <= _epoch.Value;

    public IReadOnlyList<LifecycleOutput> Step(LifecycleInput input, long nowMs)
    {
        _outputs.Clear();
        if (_stage != Stage.Ended) Take(input, nowMs);
        if (_stage is not (Stage.Waiting or Stage.Ended)) Go(nowMs);
        return [.. _outputs];
    }

    private void Take(LifecycleInput input, long now)
    {
        switch (input)
        {
            case LifecycleInput.Started:
                Invariant.That(_stage == Stage.Waiting);
                _stage = Stage.Registering;
                _startedMs = _heardMs = _nextMs = now;
                break;
            case LifecycleInput.TimePassed:
                break;
            case LifecycleInput.Registered(var error, var epoch):
                _isUnderWay = false;
                TakeRegistration(error, epoch, now);
                break;
            case LifecycleInput.HeartbeatAnswered answered:
                _isUnderWay = false;
                TakeHeartbeat(answered, now);
                break;
            case LifecycleInput.Unanswered(var why):
                _isUnderWay = false;
                Fail(why, now);
                break;
            case LifecycleInput.ControllerChanged:
                _isUrgent = true;
                _failures = 0;
                break;
            case LifecycleInput.Applied(var end, var isAwaited):
                var wanted = WantsFence;
                _applied = Offset.Max(_applied, end);
                _isUrgent |= isAwaited || wanted != WantsFence;
                break;
            case LifecycleInput.Ready:
                _isReady = true;
                _isUrgent = true;
                break;
            case LifecycleInput.DirectoryFailed(var directory):
                if (_offline.Contains(directory)) break;
                _offline.Add(directory);
                _unreported.Add((directory, now + settings.DirectoryFailureTimeoutMs));
                _isUrgent = true;
                break;
            case LifecycleInput.Cordoned(var directories):
                _cordoned = [.. directories];
                _isUrgent = true;
                break;
            case LifecycleInput.FindingsChanged(var findings):
                _findings = findings;
                _isUrgent = true;
                break;
            case LifecycleInput.StopWanted:
                WantStop(now);
                break;
            default:
                throw new InvariantException($"A broker's life does not know {input.GetType()}");
        }
    }

    private void TakeRegistration(ErrorCode error, BrokerEpoch epoch, long now)
    {
        if (_stage != Stage.Registering) return;
        _heardMs = now;
        switch (error)
        {
            case ErrorCode.None:
                _epoch = epoch;
                _stage = Stage.Member;
                _failures = 0;
                _nextMs = now;
                _offlineSent = 0;
                _outputs.Add(new LifecycleOutput.EpochGiven(epoch));
                if (_isTold) _outputs.Add(new LifecycleOutput.Notice($"Broker {settings.Id} is registered, with epoch {epoch}."));
                _isTold = false;
                break;
            case ErrorCode.InconsistentClusterId:
                End($"Broker {settings.Id} belongs to cluster {settings.Registration.ClusterId}, and the controller that it found to another. " +
                    "Correct controller.quorum.voters or controller.quorum.bootstrap.servers, or use data directories of that cluster.");
                break;
            case ErrorCode.UnsupportedVersion:
                End($"Broker {settings.Id} can't join: the cluster is at a level of metadata.version or of another feature that this version does not " +
                    "support. Start a version that does; nothing was changed.");
                break;
            case ErrorCode.InvalidRegistration:
                End($"Broker {settings.Id} can't join: the controller takes its log directories or listeners for invalid. Two directories must not have " +
                    "the same id in meta.properties.");
                break;
            case ErrorCode.DuplicateBrokerRegistration:
                Fail($"broker {settings.Id} is registered by an earlier run of it, whose session lasts {settings.SessionTimeoutMs} ms at most, or by another " +
                    $"process. If another node has node.id={settings.Id}, give one of them another id", now);
                break;
            default:
                Fail($"the controller answered {error.ProtocolName()}", now);
                break;
        }
    }

    private void TakeHeartbeat(LifecycleInput.HeartbeatAnswered answered, long now)
    {
        if (_stage is not (Stage.Member or Stage.Stopping)) return;
        if (answered.Error is ErrorCode.StaleBrokerEpoch or ErrorCode.BrokerIdNotRegistered)
        {
            _outputs.Add(new LifecycleOutput.Notice($"The controller does not know epoch {_epoch} of broker {settings.Id} any more; the broker registers anew."));
            if (_stage == Stage.Stopping) Stop();
            else Reregister(now);
            return;
        }

        if (answered.Error != ErrorCode.None)
        {
            Fail($"the controller answered {answered.Error.ProtocolName()}", now);
            return;
        }

        _heardMs = now;
        _failures = 0;
        _unreported.RemoveAll(waiting => _offline.IndexOf(waiting.Directory) < _offlineSent);
        if (IsFenced != answered.IsFenced)
        {
            IsFenced = answered.IsFenced;
            _outputs.Add(new LifecycleOutput.FencingChanged(IsFenced));
        }

        if (_stage == Stage.Stopping && answered.ShouldShutDown) Stop();
        else _nextMs = now + (_stage == Stage.Stopping ? StopPollMs : settings.HeartbeatIntervalMs);
    }

    private void Reregister(long now)
    {
        _stage = Stage.Registering;
        _startedMs = _nextMs = now;
        if (IsFenced) return;
        IsFenced = true;
        _outputs.Add(new LifecycleOutput.FencingChanged(true));
    }

    private void WantStop(long now)
    {
        if (_stage is Stage.Waiting or Stage.Registering || !settings.AsksBeforeStopping)
        {
            Stop();
            return;
        }

        _stage = Stage.Stopping;
        _stopWantedMs = _heardMs = now;
        _isUrgent = true;
    }

    private void Fail(string why, long now)
    {
        _failures++;
        var pause = Math.Min(RetryMs << Math.Min(_failures - 1, 20), settings.SessionTimeoutMs / 2);
        _nextMs = now + Math.Max(1, pause);
        if (_stage == Stage.Registering && !_isTold && now - _startedMs >= Math.Min(settings.RegistrationTimeoutMs, settings.SessionTimeoutMs))
        {
            _isTold = true;
            _outputs.Add(new LifecycleOutput.Notice(
                $"Broker {settings.Id} is not registered after {(now - _startedMs) / 1000} s: {why}. It serves nothing until it is; trying on."));
        }
    }

    /// <summary>Sends what is due.</summary>
    private void Go(long now)
    {
        foreach (var (directory, until) in _unreported)
        {
            if (until > now) continue;
            End($"Log directory {directory} failed, and no controller could be told of it within {settings.DirectoryFailureTimeoutMs} ms " +
                "(log.dir.failure.timeout.ms). Others would go on to believe what this broker led there, so it ends.");
            return;
        }

        if (_stage == Stage.Stopping && (now - _stopWantedMs >= StopMsMax || now - _heardMs >= settings.SessionTimeoutMs))
        {
            _outputs.Add(new LifecycleOutput.Notice($"Broker {settings.Id} stops without having been let go: " +
                (now - _heardMs >= settings.SessionTimeoutMs ? "no controller answers." : $"some of its partitions have no other leader after {StopMsMax / 1000} s.")));
            Stop();
            return;
        }

        // a request under way does not know what is urgent now: the next one follows its answer
        if (_isUnderWay || (now < _nextMs && !(_isUrgent && _failures == 0))) return;
        if (_stage == Stage.Registering) SendRegistration();
        else SendHeartbeat();
        _isUnderWay = true;
        _isUrgent = false;
    }

    private void SendRegistration()
    {
        // a new object for each: what was sent last may still be on its way
        var request = new BrokerRegistrationRequest
        {
            BrokerId = settings.Registration.BrokerId,
            ClusterId = settings.Registration.ClusterId,
            IncarnationId = settings.Registration.IncarnationId,
            Listeners = settings.Registration.Listeners,
            Features = settings.Registration.Features,
            Rack = settings.Registration.Rack,
            LogDirs = [.. settings.Directories.Where(directory => !_offline.Contains(directory))],
            // in one run nothing is lost between two registrations
            PreviousBrokerEpoch = (_epoch == BrokerEpoch.None ? settings.EpochAtCleanStop : _epoch).Value,
        };
        _outputs.Add(new LifecycleOutput.Register(request));
    }

    private void SendHeartbeat()
    {
        _offlineSent = _offline.Count;
        _outputs.Add(new LifecycleOutput.Heartbeat(new BrokerHeartbeatRequest
        {
            BrokerId = settings.Registration.BrokerId,
            BrokerEpoch = _epoch.Value,
            // the last record that is applied, as Kafka counts it
            CurrentMetadataOffset = _applied.Value - 1,
            WantFence = WantsFence,
            WantShutDown = _stage == Stage.Stopping,
            OfflineLogDirs = [.. _offline],
            CordonedLogDirs = [.. _cordoned],
            UnknownTags = [new UnknownTag(Findings.Tag, _findings)],
        }));
    }

    private void Stop()
    {
        _stage = Stage.Ended;
        _outputs.Add(new LifecycleOutput.MayStop());
    }

    private void End(string why)
    {
        _stage = Stage.Ended;
        _outputs.Add(new LifecycleOutput.MustEnd(why));
    }
}
