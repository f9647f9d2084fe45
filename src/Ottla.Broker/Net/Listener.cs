using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Ottla.Runtime.Network;

namespace Ottla.Broker.Net;

/// <summary>One address on which clients come in (`listeners`).</summary>
/// <remarks>
/// Accepts while the limits allow it; a connection too many is closed at once, and its client tries again. A sweep closes what has been
/// idle for too long.
/// </remarks>
internal sealed partial class Listener : IDisposable
{
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
    private long _number;

    public Listener(
        IServerSocket socket, string name, Endpoints endpoints, ConnectionLimits limits, ConnectionCounts counts, TimeProvider time, ILoggerFactory logs,
        Action<Exception> fault, CancellationToken stopping)
    {
        (_socket, _name, _endpoints, _limits, _counts, _time, _fault, _stopping) = (socket, name, endpoints, limits, counts, time, fault, stopping);
        _log = logs.CreateLogger(nameof(Listener));
        _badInput = new BadInput(time, _log);
        var pause = limits.IdleMax < TimeSpan.FromMinutes(1) ? limits.IdleMax : TimeSpan.FromMinutes(1);
        _sweep = time.CreateTimer(static listener => ((Listener)listener!).CloseIdle(), this, pause, pause);
    }

    public int Port => _socket.Port;

    public string Name => _name;

    /// <summary>Connections that are open.</summary>
    public int Connections => _connections.Count;

    /// <summary>Accepts until the listener is disposed.</summary>
    public async Task Accept()
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

    /// <summary>Closes the door and every connection, and waits until their last requests are done with.</summary>
    public async Task Stop()
    {
        Dispose();
        var serving = _connections.Values.ToArray();
        foreach (var (connection, _) in serving) connection.Close();
        await Task.WhenAll(serving.Select(s => s.Serving)).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _sweep.Dispose();
        _socket.Dispose();
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
            if (connection.IdleFor > _limits.IdleMax) connection.Close();
        }
    }

    [LoggerMessage(EventId = 1103, Level = LogLevel.Warning, Message = "A connection from {Host} is refused: {Why}")]
    private static partial void LogRefused(ILogger logger, string host, string why);
}
