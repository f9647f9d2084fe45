using System.Buffers.Binary;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;

namespace Ottla.Client.Connections;

/// <summary>One connection to a broker: requests go out one behind the other, answers find their request by correlation id.</summary>
/// <remarks>
/// Threads: any may send; a lock of its own keeps frames whole, and one loop receives. Callers go on outside of that loop, so slow callers
/// hold up nobody.
/// Memory: each answer owns its frame, and records and bytes in it are slices of that frame; it lives as long as somebody holds one of
/// them. Why not pooled: a record that
/// a user kept would change under his hands.
/// Failure: whatever goes wrong (the peer closed, an answer that cannot be read, a request without an answer in time) ends the connection,
/// and all that wait get a
/// <see cref="BrokerException"/> with NETWORK_EXCEPTION. It is never mended; <see cref="BrokerLink"/> opens the next one.
/// </remarks>
internal sealed class Connection : IDisposable
{
    /// <summary>Unanswered requests. A producer has 5 at most and a consumer 1; the rest is for administration in bulk.</summary>
    private const int InFlightMax = 32;

    /// <summary>Largest answer that is believed: a fetch brings 50 MiB by default, and one batch more whatever its size.</summary>
    private const int ResponseBytesMax = 512 << 20;

    private readonly IByteStream _stream;
    private readonly FrameInput _input;
    private readonly ClientOptions _options;
    private readonly TimeProvider _time;
    private readonly Dictionary<int, Pending> _pending = [];
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SemaphoreSlim _room = new(InFlightMax, InFlightMax);
    private BrokerVersions _versions = BrokerVersions.Unknown;
    private int _lastCorrelationId;
    private Exception? _broken;

    private Connection(IByteStream stream, BrokerAddress address, ClientOptions options, TimeProvider time)
    {
        _stream = stream;
        _input = new FrameInput(stream, ResponseBytesMax);
        _options = options;
        _time = time;
        Address = address;
    }

    public BrokerAddress Address { get; }

    public bool IsOpen => Volatile.Read(ref _broken) is null;

    /// <summary>Connects and asks what versions the broker speaks.</summary>
    /// <exception cref="BrokerException">Nobody answers there, or nobody who speaks the protocol.</exception>
    public static async Task<Connection> Open(BrokerAddress address, ClientOptions options, ClientPlatform platform,
        CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(options.ConnectTimeoutMs), platform.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        IByteStream stream;
        try
        {
            stream = await platform.Transport.Connect(address.Host, address.Port, either.Token).ConfigureAwait(false);
        }
        catch (IOException refused)
        {
            throw new BrokerException(ErrorCode.NetworkException, refused.Message, refused);
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new BrokerException(ErrorCode.NetworkException,
                $"{address} did not accept a connection within {options.ConnectTimeoutMs} ms", late);
        }

        var connection = new Connection(stream, address, options, platform.Time);
        _ = connection.ReceiveAll();
        try
        {
            connection._versions = await BrokerVersions.Ask(connection, cancellation).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The version in which a call goes out; -1 where the broker has none in common with us.</summary>
    public short VersionOf<TRequest, TResponse>(Api<TRequest, TResponse> api)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse> => _versions.Common(api.Key, api.Versions);

    /// <summary>Sends a request and waits for the answer.</summary>
    /// <param name="timeoutMs">How long to wait; <see cref="ClientOptions.RequestTimeoutMs"/> unless told.</param>
    /// <exception cref="BrokerException">The broker knows no version of the call, or the connection ended before the answer.</exception>
    public Task<TResponse> Send<TRequest,
        TResponse>(Api<TRequest, TResponse> api, TRequest request, CancellationToken cancellation, int? timeoutMs = null)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse>
    {
        var version = VersionOf(api);
        if (version < 0)
            throw new BrokerException(ErrorCode.UnsupportedVersion,
                $"{Address} does not serve {api.Key} in a version that this client knows ({api.Versions})");
        return Send(api, version, request, cancellation, timeoutMs);
    }

    internal async Task<TResponse> Send<TRequest, TResponse>(
        Api<TRequest, TResponse> api, short version, TRequest request, CancellationToken cancellation, int? timeoutMs = null)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse>
    {
        await _room.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var pending = new Pending<TRequest, TResponse>(api, version);
            var id = await Write(api, version, request, pending, cancellation).ConfigureAwait(false);
            var wait = timeoutMs ?? _options.RequestTimeoutMs;
            try
            {
                return await pending.Answer.WaitAsync(TimeSpan.FromMilliseconds(wait), _time, cancellation).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                Break(new BrokerException(ErrorCode.NetworkException, $"{Address} did not answer {api.Key} within {wait} ms"));
                throw new BrokerException(ErrorCode.RequestTimedOut, $"{Address} did not answer {api.Key} within {wait} ms");
            }
            finally
            {
                if (cancellation.IsCancellationRequested) Forget(id);
            }
        }
        finally
        {
            _room.Release();
        }
    }

    /// <summary>Sends a request that the broker does not answer (a produce with acks=0).</summary>
    public async Task SendOneWay<TRequest, TResponse>(Api<TRequest, TResponse> api, TRequest request, CancellationToken cancellation)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse>
    {
        var version = VersionOf(api);
        if (version < 0) throw new BrokerException(ErrorCode.UnsupportedVersion, $"{Address} does not serve {api.Key}");
        await Write(api, version, request, null, cancellation).ConfigureAwait(false);
    }

    public void Dispose() => Break(new BrokerException(ErrorCode.NetworkException, $"The connection to {Address} was closed"));

    private async Task<int> Write<TRequest, TResponse>(
        Api<TRequest, TResponse> api, short version, TRequest request, Pending? pending, CancellationToken cancellation)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse>
    {
        await _writing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var id = ++_lastCorrelationId;
            if (pending is not null)
            {
                lock (_pending)
                {
                    if (_broken is not null) throw _broken;
                    _pending[id] = pending;
                }
            }

            using var frame = RequestFrame.Write(api, version, id, _options.ClientId, request);
            await _stream.Send(frame.Bytes).ConfigureAwait(false);
            return id;
        }
        catch (IOException closed)
        {
            var broken = new BrokerException(ErrorCode.NetworkException, $"The connection to {Address} ended: {closed.Message}", closed);
            Break(broken);
            throw broken;
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReceiveAll()
    {
        try
        {
            while (await _input.Next().ConfigureAwait(false) is { } frame) Dispatch(frame);
            Break(new BrokerException(ErrorCode.NetworkException, $"{Address} closed the connection"));
        }
        catch (IOException closed)
        {
            Break(new BrokerException(ErrorCode.NetworkException, $"The connection to {Address} ended: {closed.Message}", closed));
        }
        catch (MalformedMessageException malformed)
        {
            Break(new BrokerException(ErrorCode.NetworkException, $"{Address} sent what cannot be read: {malformed.Message}", malformed));
        }
    }

    private void Dispatch(byte[] frame)
    {
        if (frame.Length < 4) throw new MalformedMessageException($"an answer of {frame.Length} bytes");
        var id = BinaryPrimitives.ReadInt32BigEndian(frame);
        Pending? pending;
        lock (_pending)
        {
            if (!_pending.Remove(id, out pending)) throw new MalformedMessageException($"an answer to request {id}, which nobody sent");
        }

        pending.Complete(frame);
    }

    private void Forget(int id)
    {
        lock (_pending)
        {
            // the answer still comes, and is dropped
            if (_pending.ContainsKey(id)) _pending[id] = Pending.Dropped;
        }
    }

    private void Break(Exception why)
    {
        Pending[] waiting;
        lock (_pending)
        {
            if (_broken is not null) return;
            _broken = why;
            waiting = [.. _pending.Values];
            _pending.Clear();
        }

        _stream.Close();
        _stream.Dispose();
        foreach (var pending in waiting) pending.Fail(why);
    }
}
