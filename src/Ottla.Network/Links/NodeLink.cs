using Ottla.Network.Connections;
using Ottla.Protocol.Wire;

namespace Ottla.Network.Links;

/// <summary>The way to one node: opens a connection when one is needed, and again after it broke, not faster than the backoff
/// allows.</summary>
/// <remarks>
/// Any thread. One opens at a time and the others wait for it, each no longer than its own time-out. A node answers one connection in the
/// order of its requests, so a request that waits long there (a fetch) needs a link of its own.
/// Memory: some 2 KiB with an open connection that waits, nothing that grows.
/// Failure: every one is a value, <see cref="LinkError"/>; whoever sent decides whether to come again. An exception is a caller's
/// cancellation or a bug.
/// The backoff ends with an answer, not with a connection: a peer that accepts and closes at once is not asked at full speed.
/// </remarks>
public sealed class NodeLink : IConnectionOwner, IDisposable
{
    private readonly NodeAddress _address;
    private readonly LinkOptions _options;
    private readonly NetworkPlatform _platform;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationToken _closed;
    private Connection? _connection;
    private Task<Opened>? _opening;
    private LinkError? _lastError;
    private int _failures;
    private long _failedAt;

    public NodeLink(NodeAddress address, LinkOptions options, NetworkPlatform platform)
    {
        (_address, _options, _platform) = (address, options, platform);
        _closed = _closing.Token;
    }

    public NodeAddress Address => _address;

    /// <summary>An open connection exists.</summary>
    public bool IsOpen => Volatile.Read(ref _connection) is { IsOpen: true };

    /// <summary>
    /// A connection ended, and not because this link was disposed. Raised on the thread that found out, which must not be held up; an idle
    /// connection tells as well as one that waits for an answer.
    /// </summary>
    public event Action<LinkError>? Ended;

    /// <summary>Sends a request and waits for the answer.</summary>
    /// <param name="timeoutMs">For opening and answer together; <see cref="LinkOptions.RequestTimeoutMs"/> unless told.</param>
    public ValueTask<Answer<TResponse>> Send<TRequest, TResponse>(Api<TRequest, TResponse> api, TRequest request, int? timeoutMs = null,
        CancellationToken cancellation = default)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse> => Send(api, _ => request, timeoutMs, cancellation);

    /// <summary>Sends a request whose content depends on the version in which both sides speak.</summary>
    public async ValueTask<Answer<TResponse>> Send<TRequest, TResponse>(Api<TRequest, TResponse> api, Func<short, TRequest> request,
        int? timeoutMs = null, CancellationToken cancellation = default)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse>
    {
        var deadline = Deadline.In(_platform.Time, timeoutMs ?? _options.RequestTimeoutMs);
        var opened = await Open(deadline, cancellation).ConfigureAwait(false);
        if (opened.Connection is not { } connection) return new(opened.Error!);
        var version = connection.VersionOf(api);
        if (version < 0) return new(connection.NoCommonVersion(api));
        return await connection.Send(api, version, request(version), deadline, cancellation).ConfigureAwait(false);
    }

    /// <summary>The open connection, or a new one.</summary>
    public ValueTask<Opened> Open(Deadline deadline, CancellationToken cancellation = default)
    {
        Task<Opened> opening;
        lock (_gate)
        {
            if (_closed.IsCancellationRequested) return new(new Opened(ClosedHere()));
            if (_connection is { IsOpen: true } open) return new(new Opened(open));
            opening = _opening ??= OpenNext();
        }

        return opening.IsCompletedSuccessfully ? new(opening.Result) : Await(opening, deadline, cancellation);
    }

    public void Dispose()
    {
        Connection? open;
        lock (_gate)
        {
            if (_closed.IsCancellationRequested) return;
            open = _connection;
            _closing.Cancel();
        }

        open?.Dispose();
        _closing.Dispose();
    }

    void IConnectionOwner.Answered()
    {
        if (Volatile.Read(ref _failures) != 0) Volatile.Write(ref _failures, 0);
    }

    void IConnectionOwner.Ended(LinkError why) => Ended?.Invoke(why);

    private async ValueTask<Opened> Await(Task<Opened> opening, Deadline deadline, CancellationToken cancellation)
    {
        try
        {
            return await opening.WaitAsync(deadline.Left, _platform.Time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            var last = Volatile.Read(ref _lastError);
            return new(new LinkError(LinkFailure.TimedOut, _address,
                $"No connection to {_address} in time{(last is null ? "" : $"; the last try: {last.Text}")}", last?.Cause));
        }
    }

    /// <summary>Never throws: many may wait for it, or nobody.</summary>
    private async Task<Opened> OpenNext()
    {
        // the caller holds the lock, and what a connection does must not happen under it
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Opened opened;
        try
        {
            await WaitAfterFailure().ConfigureAwait(false);
            opened = await Connection.Open(_address, _options, _platform, this, _closed).ConfigureAwait(false);
        }
        catch (Exception closed) when (closed is OperationCanceledException or ObjectDisposedException)
        {
            opened = new(ClosedHere());
        }
#pragma warning disable CA1031 // told to all who wait, and to the platform
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _platform.Fault?.Invoke(fault);
            opened = new(new LinkError(LinkFailure.Fault, _address, $"Opening a connection to {_address} failed: {fault.Message}", fault));
        }

        Take(opened);
        return opened;
    }

    private void Take(Opened opened)
    {
        bool isTooLate;
        lock (_gate)
        {
            _opening = null;
            isTooLate = _closed.IsCancellationRequested;
            _failures++;
            _failedAt = _platform.Time.GetTimestamp();
            _lastError = opened.Error;
            if (opened.Connection is { } connection) _connection = connection;
        }

        if (isTooLate) opened.Connection?.Dispose();
    }

    private async Task WaitAfterFailure()
    {
        if (_failures == 0) return;
        var wait = Backoff.After(_failures, _options.ReconnectBackoffMs, _options.ReconnectBackoffMaxMs, _platform.Random)
            - _platform.Time.GetElapsedTime(_failedAt);
        if (wait > TimeSpan.Zero) await Task.Delay(wait, _platform.Time, _closed).ConfigureAwait(false);
    }

    private LinkError ClosedHere() => new(LinkFailure.ClosedHere, _address, $"The link to {_address} was closed");
}
