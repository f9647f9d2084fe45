namespace Ottla.Client.Connections;

/// <summary>The way to one broker: opens a connection when one is needed, and again after it broke, not faster than the backoff
/// allows.</summary>
/// <remarks>Any thread. One opens at a time and the others wait for it. Failures go to the caller, who decides whether to come
/// again.</remarks>
internal sealed class BrokerLink(BrokerAddress address, ClientOptions options, ClientPlatform platform) : IDisposable
{
    private readonly SemaphoreSlim _opening = new(1, 1);
    private volatile Connection? _connection;
    private volatile bool _disposed;
    private int _failures;
    private long _failedAt;

    public BrokerAddress Address => address;

    /// <summary>An open connection exists.</summary>
    public bool IsOpen => _connection is { IsOpen: true };

    /// <exception cref="BrokerException">The broker cannot be reached.</exception>
    public async ValueTask<Connection> Get(CancellationToken cancellation)
    {
        if (_connection is { IsOpen: true } open) return open;
        await _opening.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_connection is { IsOpen: true } meanwhile) return meanwhile;
            await WaitAfterFailure(cancellation).ConfigureAwait(false);
            var opened = await Connection.Open(address, options, platform, cancellation).ConfigureAwait(false);
            _failures = 0;
            _connection = opened;
            if (_disposed) opened.Dispose();
            return opened;
        }
        catch (BrokerException)
        {
            _failures++;
            _failedAt = platform.Time.GetTimestamp();
            throw;
        }
        finally
        {
            _opening.Release();
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _connection?.Dispose();
    }

    private async Task WaitAfterFailure(CancellationToken cancellation)
    {
        if (_failures == 0) return;
        var wait = Backoff.After(_failures, options.ReconnectBackoffMs, options.ReconnectBackoffMaxMs,
            platform.Random) - platform.Time.GetElapsedTime(_failedAt);
        if (wait > TimeSpan.Zero) await Task.Delay(wait, platform.Time, cancellation).ConfigureAwait(false);
    }
}
