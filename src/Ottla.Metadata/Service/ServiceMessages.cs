using Microsoft.Extensions.Logging;

namespace Ottla.Metadata.Service;

/// <summary>What the controller tells its operator.</summary>
internal static partial class ServiceMessages
{
    [LoggerMessage(4001, LogLevel.Error, "{Asker} failed inside; it was answered UNKNOWN_SERVER_ERROR and changed nothing. Please report it: {Fault}")]
    public static partial void DecisionFailed(ILogger logger, Asker asker, string fault);

    [LoggerMessage(4002, LogLevel.Warning, "{Text}")]
    public static partial void QuorumNotice(ILogger logger, string text);

    [LoggerMessage(4003, LogLevel.Information, "Node {Leader} leads the metadata quorum in epoch {Epoch}.")]
    public static partial void LeaderKnown(ILogger logger, int leader, int epoch);

    [LoggerMessage(4004, LogLevel.Warning, "The metadata quorum's controller.quorum.voters is passed over: the log names the voters {Voters}.")]
    public static partial void StaticVotersIgnored(ILogger logger, string voters);

    /// <summary>The first lines of a fault: what it was and where it arose.</summary>
    public static string Brief(Exception fault)
    {
        const int Lines = 4;
        var lines = fault.ToString().ReplaceLineEndings("\n").Split('\n');
        return string.Join(" | ", lines.Take(Lines).Select(line => line.Trim()));
    }
}
