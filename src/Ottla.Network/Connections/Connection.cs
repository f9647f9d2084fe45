using System.Buffers.Binary;
using Ottla.Network.Links;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;

namespace Ottla.Network.Connections;

/// <summary>One connection to a peer: requests go out one behind the other, answers find their request by correlation id.</summary>
/// <remarks>
/// Threads: any may send. A lock orders the requests; whoever finds nobody sending sends all that wait. One loop receives, on the thread
/// that polls the socket. Callers go on outside of that loop unless <see cref="LinkOptions.ContinuesInline"/>, so slow callers hold up
/// nobody.
/// Memory: an answer's frame is the caller's until he disposes it. Waiting requests are bounded by <see cref="InFlightMax"/>, and what is
/// received by <see cref="LinkOptions.AnswerBytesMax"/>, as far as it came.
/// Failure: whatever goes wrong (the peer closed, an answer that cannot be read, a request without an answer in time) ends the connection,
/// and all that wait are told by a <see cref="LinkError"/>. It is never mended; <see cref="NodeLink"/> opens the next one.
/// Time: one timer, set to the earliest deadline of those that wait and not for each request.
/// </remarks>
public sealed class Connection : IDisposable
{
    /// <summary>
    /// Requests without an answer. A producer has 5 at most, a fetcher 1, and Kafka's nodes read on only when they have answered; the rest
    /// is for administration in bulk. A request that was cancelled counts until its answer comes.
    /// </summary>
    private const int InFlightMax = 32;

    private readonly IByteStream _stream;
    private readonly FrameInput _input;
    private readonly LinkOptions _options;
    private readonly NetworkPlatform _platform;
    private readonly IConnectionOwner? _owner;
    private readonly Lock _gate = new();
    private readonly List<Pending> _waiting = [];
    private readonly Queue<RequestFrame> _outgoing = new();
    private readonly SemaphoreSlim _room = new(InFlightMax, InFlightMax);
    private readonly ITimer _timer;
    private long _timerAt = long.MaxValue;
    private bool _isSending;
    private int _lastCorrelationId;
    private LinkError? _broken;

    private Connection(IByteStream stream, NodeAddress address, LinkOptions options, NetworkPlatform platform, IConnectionOwner? owner)
    {
        _stream = stream;
        _input = new FrameInput(stream, options.AnswerBytesMax, new AnswerMemory(options.PoolsAnswers));
        _options = options;
        _platform = platform;
        _owner = owner;
        Address = address;
        _timer = platform.Time.CreateTimer(static it => ((Connection)it!).EndIfLate(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public NodeAddress Address { get; }

    public bool IsOpen => Volatile.Read(ref _broken) is null;

    /// <summary>What the peer serves.</summary>
    public PeerVersions Versions { get; private set; } = PeerVersions.Unknown;

    /// <summary>Connects and asks what versions the peer speaks.</summary>
    public static ValueTask<Opened> Open(NodeAddress address, LinkOptions options, NetworkPlatform platform, CancellationToken cancellation) =>
        Open(address, options, platform, null, cancellation);

    /// <summary>The same for an owner who wants to hear how it goes.</summary>
    public static async ValueTask<Opened> Open(NodeAddress address, LinkOptions options, NetworkPlatform platform, IConnectionOwner? owner,
        CancellationToken cancellation)
    {
        var deadline = Deadline.In(platform.Time, options.ConnectTimeoutMs);
        var (stream, refused) = await Dialing.Connect(address, options.ConnectTimeoutMs, platform, cancellation).ConfigureAwait(false);
        if (stream is null) return new(refused!);
        var connection = new Connection(stream, address, options, platform, owner);
        _ = connection.ReceiveAll();
        try
        {
            var (versions, error) = await PeerVersions.Ask(connection, options.SoftwareName, deadline, cancellation).ConfigureAwait(false);
            if (versions is null)
            {
                connection.Dispose();
                return new(error!);
            }

            connection.Versions = versions;
            return new(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The version in which a call goes out; -1 where the peer has none in common with us.</summary>
    public short VersionOf<TRequest, TResponse>(Api<TRequest, TResponse> api)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse> => Versions.Common(api.Key, api.Versions);

    /// <summary>Sends a request and waits for the answer.</summary>
    /// <param name="timeoutMs">How long to wait; <see cref="LinkOptions.RequestTimeoutMs"/> unless told.</param>
    public ValueTask<Answer<TResponse>> Send<TRequest, TResponse>(Api<TRequest, TResponse> api, TRequest request, int? timeoutMs = null,
        CancellationToken cancellation = default)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse>
    {
        var version = VersionOf(api);
        return version < 0
            ? new(new Answer<TResponse>(NoCommonVersion(api)))
            : Send(api, version, request, Deadline.In(_platform.Time, timeoutMs ?? _options.RequestTimeoutMs), cancellation);
    }

    /// <summary>Sends a request that the peer does not answer (a produce with acks=0), and waits until it is sent.</summary>
    /// <returns>Null once it is.</returns>
    public async ValueTask<LinkError?> SendOneWay<TRequest, TResponse>(Api<TRequest, TResponse> api, TRequest request, CancellationToken cancellation)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse>
    {
        var version = VersionOf(api);
        if (version < 0) return NoCommonVersion(api);
        await _room.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var sent = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (TryWrite(api, version, request, sent, out var frame) is { } unfit) return unfit;
            if (Enqueue(frame, null) is { } broken) return broken;
            return await sent.Task.ConfigureAwait(false) ? null : _broken;
        }
        finally
        {
            _room.Release();
        }
    }

    public void Dispose() => Break(new LinkError(LinkFailure.ClosedHere, Address, $"The connection to {Address} was closed"), isByOwner: true);

    internal async ValueTask<Answer<TResponse>> Send<TRequest, TResponse>(Api<TRequest, TResponse> api, short version, TRequest request,
        Deadline deadline, CancellationToken cancellation)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse>
    {
        if (!_room.Wait(0, CancellationToken.None) && !await WaitForRoom(deadline, cancellation).ConfigureAwait(false))
        {
            return new(new LinkError(LinkFailure.TimedOut, Address,
                $"{Address} did not answer {InFlightMax} requests in the time that {api.Key} had to be sent and answered"));
        }

        if (TryWrite(api, version, request, null, out var frame) is { } unfit)
        {
            _room.Release();
            return new(unfit);
        }

        var pending = new Pending<TRequest, TResponse>(api, version, Address, deadline.EndTimestamp, _options.ContinuesInline);
        if (Enqueue(frame, pending) is { } broken)
        {
            _room.Release();
            return new(broken);
        }

        if (!cancellation.CanBeCanceled) return await pending.Answer.ConfigureAwait(false);
        try
        {
            return await pending.Answer.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            pending.Forget();
            throw;
        }
    }

    internal LinkError NoCommonVersion<TRequest, TResponse>(Api<TRequest, TResponse> api)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse> =>
        new(LinkFailure.UnsupportedVersion, Address,
            $"{Address} does not serve {api.Key} in a version that is known here ({api.Versions}): "
            + (Versions.Of(api.Key) is { } theirs ? $"it serves {theirs}" : "it does not serve it at all"));

    private async ValueTask<bool> WaitForRoom(Deadline deadline, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(deadline.Left, _platform.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            await _room.WaitAsync(either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private LinkError? TryWrite<TRequest, TResponse>(Api<TRequest, TResponse> api, short version, TRequest request, TaskCompletionSource<bool>? sent,
        out RequestFrame frame)
        where TRequest : IRequest<TRequest>
        where TResponse : IResponse<TResponse>
    {
        try
        {
            frame = RequestFrame.Write(api, version, _options.ClientId, request, sent);
            return null;
        }
        catch (UnsupportedVersionException unfit)
        {
            frame = null!;
            return new LinkError(LinkFailure.UnsupportedVersion, Address,
                $"{api.Key} cannot be sent to {Address}, which speaks version {version} of it: {unfit.Message}", unfit);
        }
    }

    /// <summary>Takes the frame over, and sends it unless somebody is sending. Not null: the connection had ended.</summary>
    private LinkError? Enqueue(RequestFrame frame, Pending? pending)
    {
        lock (_gate)
        {
            if (_broken is not null)
            {
                frame.Dispose();
                return _broken;
            }

            var id = ++_lastCorrelationId;
            frame.SetCorrelationId(id);
            if (pending is not null)
            {
                pending.CorrelationId = id;
                _waiting.Add(pending);
                if (pending.Deadline < _timerAt) SetTimer(pending.Deadline);
            }

            _outgoing.Enqueue(frame);
            if (_isSending) return null;
            _isSending = true;
        }

        _ = SendAll();
        return null;
    }

    private async Task SendAll()
    {
        try
        {
            while (true)
            {
                RequestFrame? frame;
                bool more;
                lock (_gate)
                {
                    _isSending = _outgoing.TryDequeue(out frame);
                    more = _outgoing.Count > 0;
                }

                if (frame is null) return;
                using (frame)
                {
                    await _stream.Send(frame.Bytes, more).ConfigureAwait(false);
                    frame.Sent?.TrySetResult(true);
                }
            }
        }
#pragma warning disable CA1031 // told to all who wait
        catch (Exception ended)
#pragma warning restore CA1031
        {
            Break(ErrorOf(ended));
        }
    }

    private async Task ReceiveAll()
    {
        try
        {
            while (await _input.Next().ConfigureAwait(false) is { } frame) Dispatch(frame);
            Break(new LinkError(LinkFailure.EndOfStream, Address, $"{Address} closed the connection"));
        }
#pragma warning disable CA1031 // told to all who wait
        catch (Exception ended)
#pragma warning restore CA1031
        {
            Break(ErrorOf(ended));
        }
    }

    private void Dispatch(AnswerFrame frame)
    {
        var id = BinaryPrimitives.ReadInt32BigEndian(frame.Memory.Span);
        Pending? pending = null;
        lock (_gate)
        {
            // answers come in the order of the requests, nearly always
            var index = _waiting.FindIndex(p => p.CorrelationId == id);
            if (index >= 0)
            {
                pending = _waiting[index];
                _waiting.RemoveAt(index);
            }
        }

        if (pending is null)
        {
            frame.Dispose();
            // what ended here meanwhile is known already
            if (IsOpen) throw new MalformedMessageException($"an answer to request {id}, which nobody sent");
            return;
        }

        _room.Release();
        pending.Complete(frame);
        if (pending.Key != ApiKey.ApiVersions) _owner?.Answered();
    }

    private void SetTimer(long at)
    {
        _timerAt = at;
        var ticks = Math.Max(0, at - _platform.Time.GetTimestamp());
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(ticks * 1000.0 / _platform.Time.TimestampFrequency)), Timeout.InfiniteTimeSpan);
    }

    /// <summary>The timer: whoever is late ends the connection; else it is set to the next who could be.</summary>
    private void EndIfLate()
    {
        Pending? late = null;
        lock (_gate)
        {
            _timerAt = long.MaxValue;
            if (_broken is not null) return;
            var now = _platform.Time.GetTimestamp();
            var next = long.MaxValue;
            foreach (var pending in _waiting)
            {
                if (pending.Deadline <= now) late ??= pending;
                else next = Math.Min(next, pending.Deadline);
            }

            if (late is null)
            {
                if (next != long.MaxValue) SetTimer(next);
                return;
            }
        }

        var text = $"{Address} did not answer {late.Key} in time";
        late.Fail(new LinkError(LinkFailure.TimedOut, Address, text));
        Break(new LinkError(LinkFailure.ClosedHere, Address, $"The connection to {Address} was given up: {text}"));
    }

    private LinkError ErrorOf(Exception ended)
    {
        switch (ended)
        {
            case EndOfStreamException:
                return new(LinkFailure.EndOfStream, Address, $"{Address} closed the connection inside of an answer", ended);
            case IOException:
                return new(LinkFailure.Reset, Address, $"The connection to {Address} broke: {ended.Message}", ended);
            case MalformedMessageException:
                return new(LinkFailure.Malformed, Address, $"{Address} sent what cannot be read: {ended.Message}", ended);
            default:
                _platform.Fault?.Invoke(ended);
                return new(LinkFailure.Fault, Address, $"The connection to {Address} ended by a fault: {ended.Message}", ended);
        }
    }

    private void Break(LinkError why, bool isByOwner = false)
    {
        Pending[] waiting;
        RequestFrame[] unsent;
        lock (_gate)
        {
            if (_broken is not null) return;
            _broken = why;
            waiting = [.. _waiting];
            unsent = [.. _outgoing];
            _waiting.Clear();
            _outgoing.Clear();
        }

        _timer.Dispose();
        _stream.Close();
        _stream.Dispose();
        foreach (var frame in unsent) frame.Dispose();
        foreach (var pending in waiting)
        {
            _room.Release();
            pending.Fail(why);
        }

        if (!isByOwner) _owner?.Ended(why);
    }
}
