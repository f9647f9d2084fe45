using Microsoft.Extensions.Logging;
using Ottla.Configuration.Definitions;

namespace Ottla.Broker.Coordination.Shards;

/// <summary>Tells of steps that failed while they decided or were written: rate limited, since a client may send the same request again and
/// again.</summary>
/// <remarks>Thread-safe; shared by the shards of a coordinator.</remarks>
internal sealed partial class StepFaults(TimeProvider time, ILogger logger)
{
    /// <summary>Frames of the stack that a line shows: where it happened and who called.</summary>
    private const int FramesShown = 4;

    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private long? _last;
    private int _unsaid;

    /// <param name="caller">Whose request it was; null for what fell due.</param>
    public void Report(int partition, string? group, GroupRequestContext? caller, Exception fault)
    {
        int unsaid;
        lock (_gate)
        {
            if (_last is { } last && time.GetElapsedTime(last) < _pause)
            {
                _unsaid++;
                return;
            }
            _last = time.GetTimestamp();
            (unsaid, _unsaid) = (_unsaid, 0);
        }
        var who = caller is { } asking ? $"{asking.Api} v{asking.ApiVersion} of client '{Quote.Of(asking.ClientId)}' ({asking.ClientHost})" : "A deadline";
        var frames = (fault.StackTrace ?? "").Split('\n', FramesShown + 1).Take(FramesShown).Select(static line => line.Trim());
        LogFault(logger, who, Quote.Of(group ?? "*"), partition, $"{fault.GetType().Name}: {Quote.Of(fault.Message)}", string.Join(" < ", frames), unsaid);
    }

    [LoggerMessage(4004, LogLevel.Error,
        "{Who} failed inside for group '{Group}' (__consumer_offsets-{Partition}): {What} {Where}. It is answered with UNKNOWN_SERVER_ERROR and has changed "
        + "nothing durable ({Unsaid} more since the last such line). Please report it")]
    private static partial void LogFault(ILogger logger, string who, string? group, int partition, string what, string where, int unsaid);
}
