using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Replication;

/// <summary>How long a request waits for its partitions: one timer for all of them.</summary>
/// <remarks>Owned by the request. The stop of the node, or the client's going, ends the wait with <see cref="OperationCanceledException"/>,
/// which closes the connection: what was appended may still be committed, so that no error would be true.</remarks>
internal sealed class CommitDeadline : IDisposable
{
    private readonly TaskCompletionSource<ErrorCode> _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _stop;
    private readonly ITimer _timer;

    private CommitDeadline(TimeSpan wait, TimeProvider time, CancellationToken ending)
    {
        _stop = ending.UnsafeRegister(static over => ((TaskCompletionSource<ErrorCode>)over!).TrySetCanceled(), _over);
        _timer = time.CreateTimer(
            static over => ((TaskCompletionSource<ErrorCode>)over!).TrySetResult(ErrorCode.RequestTimedOut), _over, wait, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The time-out as a request gives it; none and less has run out at once.</summary>
    public static CommitDeadline Of(int timeoutMs, TimeProvider time, CancellationToken ending) =>
        new(TimeSpan.FromMilliseconds(Math.Max(0, timeoutMs)), time, ending);

    /// <summary>What it comes to; REQUEST_TIMED_OUT where the time runs out before.</summary>
    public async ValueTask<ErrorCode> Within(Task<ErrorCode> done)
    {
        if (done.IsCompleted) return await done.ConfigureAwait(false);
        var first = await Task.WhenAny(done, _over.Task).ConfigureAwait(false);
        return await first.ConfigureAwait(false);
    }

    public void Dispose()
    {
        _timer.Dispose();
        _stop.Dispose();
    }
}
