using Microsoft.Extensions.Logging;

namespace Ottla.Configuration.Settings;

/// <summary>What a node says about its configuration when it starts: one line for each thing, errors last, where people look.</summary>
public static partial class ConfigurationLog
{
    public static void Report(ILogger logger, LoadedSettings loaded)
    {
        foreach (var line in loaded.WithoutEffect) WithoutEffect(logger, line);
        foreach (var line in loaded.Warnings) Odd(logger, line);
        foreach (var line in loaded.Errors) Refused(logger, line);
    }

    [LoggerMessage(2001, LogLevel.Information, "{Finding}")]
    private static partial void WithoutEffect(ILogger logger, string finding);

    [LoggerMessage(2002, LogLevel.Warning, "{Finding}")]
    private static partial void Odd(ILogger logger, string finding);

    [LoggerMessage(2003, LogLevel.Error, "{Finding}")]
    private static partial void Refused(ILogger logger, string finding);
}
