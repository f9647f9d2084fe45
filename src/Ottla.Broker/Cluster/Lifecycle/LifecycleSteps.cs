using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster.Lifecycle;

/// <summary>What happens to a broker in its cluster, in the order in which it happened.</summary>
internal abstract record LifecycleInput
{
    private LifecycleInput()
    {
    }

    /// <summary>The sockets are bound and the directories read: the broker may register.</summary>
    public sealed record Started : LifecycleInput;

    /// <summary>Nothing but time: <see cref="BrokerLifecycle.Deadline"/> has come.</summary>
    public sealed record TimePassed : LifecycleInput;

    /// <summary>The controller answered a <see cref="LifecycleOutput.Register"/>.</summary>
    public sealed record Registered(ErrorCode Error, BrokerEpoch Epoch) : LifecycleInput;

    /// <summary>The controller answered a <see cref="LifecycleOutput.Heartbeat"/>.</summary>
    public sealed record HeartbeatAnswered(ErrorCode Error, bool IsFenced, bool ShouldShutDown) : LifecycleInput;

    /// <summary>What was sent last got no answer of any controller.</summary>
    public sealed record Unanswered(string Why) : LifecycleInput;

    /// <summary>Another controller leads: whatever it does not know of this broker it is to hear at once.</summary>
    public sealed record ControllerChanged : LifecycleInput;

    /// <summary>All of the metadata log below <paramref name="End"/> is made true here.</summary>
    /// <param name="End">How far.</param>
    /// <param name="IsAwaited">Another broker stops, and may when all have heard of it: the controller is to know at once.</param>
    public sealed record Applied(Offset End, bool IsAwaited = false) : LifecycleInput;

    /// <summary>The logs are open, and what the first image says is made true: the broker could serve.</summary>
    public sealed record Ready : LifecycleInput;

    public sealed record DirectoryFailed(Uuid Directory) : LifecycleInput;

    /// <summary>`cordoned.log.dirs` says something else than before.</summary>
    public sealed record Cordoned(IReadOnlyList<Uuid> Directories) : LifecycleInput;

    /// <summary>There is news of other brokers to be told with a heartbeat (<see cref="Suspicions.Findings"/>).</summary>
    public sealed record FindingsChanged(ReadOnlyMemory<byte> Findings) : LifecycleInput;

    /// <summary>The node is to stop.</summary>
    public sealed record StopWanted : LifecycleInput;
}

/// <summary>What the broker wants done.</summary>
internal abstract record LifecycleOutput
{
    private LifecycleOutput()
    {
    }

    public sealed record Register(BrokerRegistrationRequest Request) : LifecycleOutput;

    public sealed record Heartbeat(BrokerHeartbeatRequest Request) : LifecycleOutput;

    /// <summary>The broker is registered; its records and requests carry this epoch from now on.</summary>
    public sealed record EpochGiven(BrokerEpoch Epoch) : LifecycleOutput;

    public sealed record FencingChanged(bool IsFenced) : LifecycleOutput;

    /// <summary>Nothing depends on this broker any more, or nobody can be asked whether it does.</summary>
    public sealed record MayStop : LifecycleOutput;

    /// <summary>The broker can't be part of the cluster; the message is for the user.</summary>
    public sealed record MustEnd(string Why) : LifecycleOutput;

    /// <summary>Something that people should know.</summary>
    public sealed record Notice(string Text) : LifecycleOutput;
}
