namespace Ottla.Broker.Net;

/// <summary>Bounds the bytes of large requests that are being received or answered, over all connections.</summary>
/// <remarks>
/// A large request begins only while less than the bound is in use; whoever finds none waits its turn, and its socket's buffer fills: that
/// is the
/// back-pressure. What has begun may finish, so nobody waits for a neighbour that waits for it; the overshoot is one request for each
/// connection that began
/// below the bound. What counts is buffers filled by bytes that came, not lengths that were announced: a client can't take the room by a
/// promise. Thread-safe.
/// </remarks>
internal sealed class RequestMemory(long bytesMax)
{
    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private long _used;

    /// <summary>Waits until a large request may begin.</summary>
    public ValueTask Enter()
    {
        if (Volatile.Read(ref _used) < bytesMax) return ValueTask.CompletedTask;
        lock (_gate)
        {
            if (_used < bytesMax) return ValueTask.CompletedTask;
            var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(ready);
            return new ValueTask(ready.Task);
        }
    }

    /// <summary>A buffer was taken.</summary>
    public void Take(long bytes)
    {
        // whoever was let in has taken its first buffer: the next may come if there is room left, not only once this one is done
        if (Interlocked.Add(ref _used, bytes) < bytesMax) LetNextIn();
    }

    /// <summary>A buffer was given back.</summary>
    public void Release(long bytes)
    {
        if (bytes == 0) return;
        var used = Interlocked.Add(ref _used, -bytes);
        if (used < bytesMax) LetNextIn();
    }

    private void LetNextIn()
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out var next)) next.SetResult();
        }
    }
}
