using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Ottla.Configuration.Definitions;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Loops;
using Ottla.Runtime.Network;

namespace Ottla.Broker.Net;

/// <summary>One client's connection: frames in, handlers, answers out, in order.</summary>
/// <remarks>
/// One request at a time, as Kafka does it: the order of a producer's batches is the order of its requests. Requests that have come
/// together are answered together.
/// It runs on the thread that polls its socket; a handler that has to wait gives that thread back.
/// A request borrows its frame (<see cref="FrameReader"/> owns it) until its handler has ended. So whatever breaks meanwhile (the peer is gone, the
/// node stops, an answer can't be sent), the connection lives until then; its socket need not.
/// Failure: malformed bytes end the connection with one line in the log. A handler that throws, or whose answer can't be encoded, is answered with
/// UNKNOWN_SERVER_ERROR in its API's form, and nobody else notices; where there is no such form the connection is closed. Only a broken invariant
/// goes further.
/// </remarks>
internal sealed partial class Connection(
    IByteStream stream, Endpoints endpoints, RequestContext context, ConnectionLimits limits, TimeProvider time, BadInput badInput, ILogger log)
{
    private volatile State _state;
    private long _movedSeen = -1;
    private long _idleSince;

    private enum State
    {
        Reading,
        AtWork,
        Sending,
    }

    public string ClientHost => context.ClientHost;

    /// <summary>The API of the request at work; null where there is none.</summary>
    public ApiKey? AtWork => _state == State.AtWork ? context.ApiKey : null;

    /// <summary>How long no byte has gone either way, as far as one look after the other tells; zero while a request is at work. For one caller.</summary>
    public TimeSpan IdleFor()
    {
        var moved = stream.Moved;
        if (_state != State.AtWork && moved == _movedSeen) return time.GetElapsedTime(_idleSince);
        _movedSeen = moved;
        _idleSince = time.GetTimestamp();
        return TimeSpan.Zero;
    }

    public void Close() => stream.Close();

    /// <summary>The node stops, as <see cref="RequestContext.Stopping"/> says already: what is at work is answered, then the connection ends.</summary>
    public void Finish()
    {
        if (_state == State.Reading) Close();
    }

    public async Task Serve()
    {
        using var frames = new FrameReader(stream, limits.Memory, limits.FrameBytesMax);
        using var answers = new AnswerQueue(stream, limits.Memory);
        context.Frames = frames;
        try
        {
            while (true)
            {
                if (!frames.HasNext || answers.IsFull)
                {
                    _state = State.Sending;
                    await answers.Flush().ConfigureAwait(false);
                    _state = State.Reading;
                    if (context.Stopping.IsCancellationRequested) break;
                }

                if (await frames.Next().ConfigureAwait(false) is not { } frame) break;
                _state = State.AtWork;
                await Answer(frame, answers).ConfigureAwait(false);
                frames.Release();
                context.Request = null;
            }
        }
        catch (MalformedMessageException malformed)
        {
            badInput.Report(context, malformed.Message);
            await TryFlush(answers).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // the peer is gone, the node stops, or a file could not be read, which its partition was told: nobody is left to tell
        }
        catch (Exception fault) when (IsOurs(fault))
        {
            Log(fault);
        }
        finally
        {
            stream.Dispose();
            context.Dispose();
        }
    }

    /// <summary>What came whole before the bytes that were no request has been served and is answered.</summary>
    private static async ValueTask TryFlush(AnswerQueue answers)
    {
        try
        {
            await answers.Flush().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // the peer is gone: nobody is left to tell
        }
    }

    private async ValueTask Answer(ReadOnlyMemory<byte> frame, AnswerQueue answers)
    {
        var endpoint = Read(frame, out var header);
        if (endpoint is null)
        {
            Add(answers, header, endpoints.VersionsForTooNewClient());
            return;
        }

        IMessage? response;
        ExceptionDispatchInfo? broken = null;
        try
        {
            var pending = endpoint.Run(context);
            if (!pending.IsCompleted) broken = await FlushBeside(answers).ConfigureAwait(false);
            // also where nobody is left to be answered: the request borrows the frame until its handler has ended
            response = await pending.ConfigureAwait(false);
        }
        catch (Exception fault) when (IsOurs(fault))
        {
            response = Refused(endpoint, fault);
        }

        if (response is not null) Add(answers, header, endpoint, response);
        broken?.Throw();
    }

    /// <summary>Who serves the request, which is read; null for an ApiVersions that is too new.</summary>
    private Endpoint? Read(ReadOnlyMemory<byte> frame, out RequestHeader header)
    {
        var reader = new MessageReader(frame);
        header = RequestHeader.Read(ref reader);
        var endpoint = endpoints.Find(header.ApiKey);
        if (endpoint is null) throw new MalformedMessageException($"API key {(short)header.ApiKey}, which is not served on listener {context.ListenerName}");
        if (!endpoint.Versions.Contains(header.ApiVersion))
        {
            if (header.ApiKey != ApiKey.ApiVersions)
                throw new MalformedMessageException($"{header.ApiKey} version {header.ApiVersion}; served: {endpoint.Versions}");
            // KIP-511: a client that is too new is answered in the form of version 0, which tells it what there is
            header = header with { ApiVersion = 0 };
            return null;
        }

        context.ApiKey = header.ApiKey;
        context.ApiVersion = header.ApiVersion;
        context.ClientId = header.ClientId;
        endpoint.Read(ref reader, context);
        return endpoint;
    }

    private static void Add(AnswerQueue answers, in RequestHeader header, IMessage response) =>
        answers.Add(header.CorrelationId, HeaderVersions.OfResponse(header.ApiKey, header.ApiVersion) > 0, header.ApiVersion, response);

    private void Add(AnswerQueue answers, in RequestHeader header, Endpoint endpoint, IMessage response)
    {
        try
        {
            Add(answers, header, response);
        }
        catch (Exception fault) when (IsOurs(fault))
        {
            if (Refused(endpoint, fault) is not { } refusal) return;
            try
            {
                Add(answers, header, refusal);
            }
            catch (InvalidOperationException unsayable)
            {
                // it names what the request names, and that is too long to be sent back
                throw new IOException("No answer can be encoded", unsayable);
            }
        }
    }

    /// <summary>A bug, of which the request's client hears and nobody else, unless it says that the node's state is no more what it must be.</summary>
    private static bool IsOurs(Exception fault) => fault is not (InvariantException or MalformedMessageException or IOException or OperationCanceledException);

    private IMessage? Refused(Endpoint endpoint, Exception fault)
    {
        var refusal = endpoint.Refuse(context, ErrorCode.UnknownServerError);
        Log(fault);
        return refusal ?? throw new IOException("There is no answer that says so", fault);
    }

    private void Log(Exception fault) =>
        LogFault(log, context.ApiKey, context.ApiVersion, Quote.Of(context.ClientId), context.ClientHost, FaultText.Of(fault));

    /// <summary>Sends what is ready while a request is at work; what fails is thrown when that has ended.</summary>
    private static async ValueTask<ExceptionDispatchInfo?> FlushBeside(AnswerQueue answers)
    {
        try
        {
            await answers.Flush().ConfigureAwait(false);
            return null;
        }
#pragma warning disable CA1031 // thrown by the caller
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return ExceptionDispatchInfo.Capture(fault);
        }
    }

    [LoggerMessage(EventId = 1101, Level = LogLevel.Error, Message =
        "{ApiKey} v{Version} of client {Client} at {Host} failed inside; nobody else is concerned. Please report it: {Fault}")]
    private static partial void LogFault(ILogger logger, ApiKey apiKey, short version, string? client, string host, string fault);
}
