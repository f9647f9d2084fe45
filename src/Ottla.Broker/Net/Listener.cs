using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Network;

namespace Ottla.Broker.Net;

/// <summary>One address on which clients come in (`listeners`).</summary>
/// <remarks>
/// Accepts while the limits allow it; a connection too many is closed at once, and its client tries again. A sweep closes what has been
/// idle for too long.
/// </remarks>
internal sealed partial class Listener : IDisposable
{
    /// <summary>How long a stop waits for clients to take the last answers, and then for handlers to end whose clients are gone.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2), LastGrace = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan SweepPauseMin = TimeSpan.FromMilliseconds(50), SweepPauseMax = TimeSpan.FromMinutes(1);

    private readonly IServerSocket _socket;
    private readonly string _name;
    private readonly Endpoints _endpoints;
    private readonly ConnectionLimits _limits;
    private readonly ConnectionCounts _counts;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly BadInput _badInput;
    private readonly CancellationToken _stopping;
    private readonly ConcurrentDictionary<long, (Connection Connection, Task Serving)> _connections = new();
    private readonly ITimer _sweep;
    private readonly Action<Exception> _fault;
    private Task _accepting = Task.CompletedTask;
    private long _number;

    public Listener(
        IServerSocket socket, string name, Endpoints endpoints, ConnectionLimits limits, ConnectionCounts counts, TimeProvider time, ILoggerFactory logs,
        Action<Exception> fault, CancellationToken stopping)
    {
        (_socket, _name, _endpoints, _limits, _counts, _time, _fault, _stopping) = (socket, name, endpoints, limits, counts, time, fault, stopping);
        _log = logs.CreateLogger(nameof(Listener));
        _badInput = new BadInput(time, _log);
        // idle is what two looks find unchanged: a few of them within the time that is allowed
        var pause = TimeSpan.FromTicks(Math.Clamp(limits.IdleMax.Ticks / 4, SweepPauseMin.Ticks, SweepPauseMax.Ticks));
        _sweep = time.CreateTimer(static listener => ((Listener)listener!).CloseIdle(), this, pause, pause);
    }

    public int Port => _socket.Port;

    public string Name => _name;

    /// <summary>Connections that are open.</summary>
    public int Connections => _connections.Count;

    /// <summary>Lets clients in from now on.</summary>
    public void Begin()
    {
        Invariant.That(_accepting.IsCompleted);
        _accepting = Accept();
    }

    /// <summary>Closes the door, lets what is at work be answered, closes every connection, and waits until their last requests are done with:
    /// those borrow memory, and the logs below them are closed next.</summary>
    public async Task Stop()
    {
        Dispose();
        // a connection that is just being welcomed is one of them
        await _accepting.ConfigureAwait(false);
        foreach (var (connection, _) in _connections.Values) connection.Finish();
        var served = Task.WhenAll(_connections.Values.Select(s => s.Serving));
        if (await IsDone(served, Grace).ConfigureAwait(false)) return;
        foreach (var (connection, _) in _connections.Values) connection.Close();
        if (await IsDone(served, LastGrace).ConfigureAwait(false)) return;
        LogStuck(_log, string.Join(", ", _connections.Values.Select(s => s.Connection.AtWork).Where(api => api is not null).Distinct().Order()));
    }

    public void Dispose()
    {
        _sweep.Dispose();
        _socket.Dispose();
    }

    private async Task<bool> IsDone(Task served, TimeSpan within)
    {
        using var enough = new CancellationTokenSource(within, _time);
        try
        {
            await served.WaitAsync(enough.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task Accept()
    {
        try
        {
            while (await _socket.Accept().ConfigureAwait(false) is { } stream) Welcome(stream);
        }
#pragma warning disable CA1031 // handed to the fault handler, which ends the process
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _fault(fault);
        }
    }

    private void Welcome(IByteStream stream)
    {
        if (_counts.TryEnter(stream.RemoteHost) is { } refusal)
        {
            LogRefused(_log, stream.RemoteHost, refusal);
            stream.Dispose();
            return;
        }

        var number = Interlocked.Increment(ref _number);
        var context = new RequestContext
        {
            ListenerName = _name,
            ClientHost = stream.RemoteHost,
            Stopping = _stopping,
            Stream = stream,
        };
        var connection = new Connection(stream, _endpoints, context, _limits, _time, _badInput, _log);
        // the entry must be there before the connection can end
        var started = new TaskCompletionSource();
        _connections[number] = (connection, Serve(number, connection, started.Task));
        started.SetResult();
    }

    private async Task Serve(long number, Connection connection, Task started)
    {
        await started.ConfigureAwait(false);
        try
        {
            await connection.Serve().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // handed to the fault handler, which ends the process
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _fault(fault);
        }
        finally
        {
            _counts.Leave(connection.ClientHost);
            _connections.TryRemove(number, out _);
        }
    }

    private void CloseIdle()
    {
        foreach (var (connection, _) in _connections.Values)
        {
            if (connection.IdleFor() > _limits.IdleMax) connection.Close();
        }
    }

    [LoggerMessage(EventId = 1103, Level = LogLevel.Warning, Message = "A connection from {Host} is refused: {Why}")]
    private static partial void LogRefused(ILogger logger, string host, string why);

    [LoggerMessage(EventId = 1105, Level = LogLevel.Error, Message = "The node stops while {Apis} still waits for something. Please report it")]
    private static partial void LogStuck(ILogger logger, string apis);
}
