using Microsoft.Extensions.Logging;
using Ottla.Runtime.Files;
using Ottla.Runtime.Logging;
using Ottla.Runtime.Loops;
using Ottla.Runtime.Network;
using Ottla.Runtime.Platform;

namespace Ottla.Broker;

/// <summary>The world that a broker lives in: the operating system's, a test's, or the simulator's.</summary>
/// <param name="Fault">Hears of a bug, or of a disk that the node can't be without; ends the process. Any thread.</param>
public sealed record BrokerHost(IFileSystem Files, ITransport Transport, TimeProvider Time, Random Random, ILoggerFactory Logs, Action<Exception> Fault)
{
    /// <summary>What of <see cref="Logs"/> is written; clients may see and turn it as the broker's loggers.</summary>
    public LogLevels Levels { get; init; } = new(LogLevel.Information);

    /// <summary>Where the turns of the node's loops run.</summary>
    public ILoopScheduler Loops { get; init; } = PoolScheduler.Shared;

    /// <summary>Files and sockets that the process may have open.</summary>
    public int OpenFilesMax { get; init; } = int.MaxValue;
}

/// <summary>A node could not start; the message is for the user: what, why, and what to do.</summary>
public sealed class BrokerStartException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The directories want formatting: then the node starts.</summary>
    public bool NeedsFormat { get; init; }

    /// <summary>The cluster of those directories that are formatted; null where none is.</summary>
    public string? ClusterId { get; init; }
}
