using Ottla.Network;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster.Controllers;

/// <summary>Where the quorum's leader is reached.</summary>
/// <param name="IsSelf">It is this very node.</param>
internal sealed record ControllerSeat(BrokerId Id, LeaderEpoch Epoch, NodeAddress Address, bool IsSelf);

/// <summary>Who leads the metadata quorum, as far as this node knows: what its own replica of the metadata log has heard.</summary>
/// <remarks>Any thread. One sets it (the quorum's driver), many read and wait. It is a hint: whoever is asked says NOT_CONTROLLER where it
/// is wrong.</remarks>
internal sealed class ActiveController
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSignal();
    private volatile ControllerSeat? _current;

    /// <summary>Null where nobody is known to lead.</summary>
    public ControllerSeat? Current => _current;

    /// <summary>Raised after each change, on the thread that brings it.</summary>
    public event Action? Changed;

    public void Set(ControllerSeat? seat)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            if (_current == seat) return;
            _current = seat;
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
        Changed?.Invoke();
    }

    /// <summary>Completes once somebody else leads than <paramref name="known"/>.</summary>
    public Task After(ControllerSeat? known)
    {
        lock (_gate) return _current == known ? _changed.Task : Task.CompletedTask;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
