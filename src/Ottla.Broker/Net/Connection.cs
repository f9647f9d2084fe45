using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;

namespace Ottla.Broker.Net;

/// <summary>One client's connection: frames in, handlers, answers out, in order.</summary>
/// <remarks>
/// One request at a time, as Kafka does it: the order of a producer's batches is the order of its requests. Requests that have come
/// together are answered together.
/// It runs on the thread that polls its socket; a handler that has to wait gives that thread back.
/// A request borrows its frame (<see cref="FrameReader"/> owns it) until its handler has ended. So whatever breaks meanwhile (the peer is gone, the
/// node stops, an answer can't be sent), the connection lives until then; its socket need not.
/// Malformed bytes end the connection with one line in the log; a fault in a handler ends it too, and nobody else's; only a broken
/// invariant goes further.
/// </remarks>
internal sealed partial class Connection(
    IByteStream stream, Endpoints endpoints, RequestContext context, ConnectionLimits limits, TimeProvider time, BadInput badInput, ILogger log)
{
    private long _lastActive = time.GetTimestamp();
    private bool _busy;

    public string ClientHost => context.ClientHost;

    /// <summary>How long nothing has come from the client; zero while a request of its is at work.</summary>
    public TimeSpan IdleFor => Volatile.Read(ref _busy) ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _lastActive));

    public void Close() => stream.Close();

    public async Task Serve()
    {
        using var frames = new FrameReader(stream, limits.Memory, limits.FrameBytesMax);
        using var answers = new AnswerQueue(stream);
        context.Frames = frames;
        try
        {
            while (true)
            {
                if (!frames.HasNext || answers.IsFull) await answers.Flush().ConfigureAwait(false);
                Volatile.Write(ref _lastActive, time.GetTimestamp());
                Volatile.Write(ref _busy, false);
                if (await frames.Next().ConfigureAwait(false) is not { } frame) break;
                Volatile.Write(ref _busy, true);
                await Answer(frame, answers).ConfigureAwait(false);
                frames.Release();
            }
        }
        catch (MalformedMessageException malformed)
        {
            badInput.Report(context, malformed.Message);
            await TryFlush(answers).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // the peer is gone or the node stops: nobody is left to tell
        }
        catch (Exception fault) when (fault is not InvariantException)
        {
            LogFault(log, context.ApiKey, context.ApiVersion, context.ClientHost, fault);
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
        var pending = Start(frame, out var header);
        var broken = pending.IsCompleted ? null : await FlushBeside(answers).ConfigureAwait(false);
        // also where nobody is left to be answered: the request borrows the frame until its handler has ended
        var response = await pending.ConfigureAwait(false);
        if (response is not null) answers.Add(header.CorrelationId, HeaderVersions.OfResponse(header.ApiKey, header.ApiVersion) > 0, header.ApiVersion, response);
        broken?.Throw();
    }

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

    private ValueTask<IMessage?> Start(ReadOnlyMemory<byte> frame, out RequestHeader header)
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
            return new(endpoints.VersionsForTooNewClient());
        }

        context.ApiKey = header.ApiKey;
        context.ApiVersion = header.ApiVersion;
        context.ClientId = header.ClientId;
        return endpoint.Run(ref reader, context);
    }

    [LoggerMessage(EventId = 1101, Level = LogLevel.Error, Message = "{ApiKey} v{Version} from {Host} failed inside; its connection is closed. Please report it")]
    private static partial void LogFault(ILogger logger, ApiKey apiKey, short version, string host, Exception fault);
}
