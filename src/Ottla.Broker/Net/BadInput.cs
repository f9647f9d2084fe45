using Microsoft.Extensions.Logging;

namespace Ottla.Broker.Net;

/// <summary>Says what came in that could not be read: one line an event, one event a second at most, with the number of those left
/// out.</summary>
internal sealed partial class BadInput(TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private long? _last;
    private int _unsaid;

    public void Report(RequestContext context, string what)
    {
        int unsaid;
        lock (_gate)
        {
            if (_last is { } last && time.GetElapsedTime(last) < Pause)
            {
                _unsaid++;
                return;
            }

            _last = time.GetTimestamp();
            unsaid = _unsaid;
            _unsaid = 0;
        }

        LogMalformed(log, context.ClientHost, context.ListenerName, what, unsaid);
    }

    [LoggerMessage(EventId = 1102, Level = LogLevel.Warning, Message =
        "{Host} sent on listener {Listener} what is no request: {What}. Its connection is closed ({Unsaid} more since the last such line)")]
    private static partial void LogMalformed(ILogger logger, string host, string listener, string what, int unsaid);
}
