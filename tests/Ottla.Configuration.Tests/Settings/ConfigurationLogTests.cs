using Microsoft.Extensions.Logging;
using Ottla.Configuration.Settings;

namespace Ottla.Configuration.Tests.Settings;

public sealed class ConfigurationLogTests
{
    [Fact]
    public void Each_finding_is_one_line_and_errors_come_last()
    {
        var log = new Lines();
        ConfigurationLog.Report(log, new LoadedSettings(null, ["bad"], ["odd"], ["idle", "idle too"]));
        Assert.Equal(["Information idle", "Information idle too", "Warning odd", "Error bad"], log.Written);
    }

    private sealed class Lines : ILogger
    {
        public List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Add($"{logLevel} {formatter(state, exception)}");
    }
}
