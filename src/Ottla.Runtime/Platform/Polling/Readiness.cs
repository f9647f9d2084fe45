using System.Threading.Tasks.Sources;

namespace Ottla.Runtime.Platform.Polling;

/// <summary>Whether one direction of a socket can go on, as the poller tells it; at most one caller waits for it.</summary>
/// <remarks>
/// Events come once for each change, so none may be lost: <see cref="Begin"/> forgets what is known before the call of the system, and an
/// event that comes in between is found by <see cref="Wait"/>.
/// The waiter goes on inside of <see cref="Signal"/>, on the poller's thread. Any thread otherwise.
/// </remarks>
internal sealed class Readiness : IValueTaskSource
{
    private const int Unknown = 0;
    private const int Ready = 1;
    private const int Awaited = 2;

    private ManualResetValueTaskSourceCore<bool> _signal;
    private int _state;

    public bool IsReady => Volatile.Read(ref _state) == Ready;

    /// <summary>Before a call of the system: what comes from now on is news.</summary>
    public void Begin() => Interlocked.Exchange(ref _state, Unknown);

    /// <summary>The call of the system may have left something: the next one need not wait.</summary>
    public void Keep() => Interlocked.Exchange(ref _state, Ready);

    /// <summary>Completes at the next event, or at once if one came since <see cref="Begin"/>.</summary>
    public ValueTask Wait()
    {
        _signal.Reset();
        return Interlocked.CompareExchange(ref _state, Awaited, Unknown) == Unknown ? new(this, _signal.Version) : default;
    }

    public void Signal()
    {
        if (Interlocked.Exchange(ref _state, Ready) == Awaited) _signal.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token) => _signal.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);
}
