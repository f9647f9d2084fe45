using System.Text;
using Microsoft.Extensions.Logging;
using Ottla.Runtime.Logging;

namespace Ottla.Runtime.Tests.Logging;

public sealed class LogSinkTests
{
    [Fact]
    public void A_line_says_when_in_UTC_to_the_millisecond_how_grave_and_of_what()
    {
        Assert.Equal("2026-01-02T03:04:05.006Z WARN  Partitions: one | two\n", Written("one\ntwo"));
    }

    [Fact]
    public void A_message_without_an_end_of_line_is_left_as_it_is()
    {
        Assert.EndsWith("Partitions: café\tone\n", Written("café\tone"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_level_of_a_category_holds_from_the_next_event_on_and_for_no_other()
    {
        var output = new TextOutput();
        using (var sink = new LogSink(new StandingClock(), LogLevel.Information, output))
        {
            ILogger one = sink.CreateLogger("One"), two = sink.CreateLogger("Two");
            Assert.True(sink.Levels.TrySet("One", LogLevel.Debug));
            sink.Levels.Root = LogLevel.Error;
            one.Log(LogLevel.Debug, default, "first", null, (state, _) => state);
            two.Log(LogLevel.Warning, default, "not of interest", null, (state, _) => state);
            Assert.True(sink.Levels.TrySet("One", null));
            one.Log(LogLevel.Warning, default, "not of interest", null, (state, _) => state);
            Assert.False(sink.Levels.TrySet("Three", LogLevel.Debug));
        }

        Assert.Equal("2026-01-02T03:04:05.006Z DEBUG One: first\n", output.Text);
    }

    private static string Written(string message)
    {
        var output = new TextOutput();
        using (var sink = new LogSink(new StandingClock(), LogLevel.Information, output))
        {
            ILogger log = sink.CreateLogger("Ottla.Broker.Partitions");
            log.Log(LogLevel.Warning, default, message, null, (state, _) => state);
            log.Log(LogLevel.Debug, default, "not of interest", null, (state, _) => state);
        }

        return output.Text;
    }

    private sealed class TextOutput : ILogOutput
    {
        private readonly StringBuilder _text = new();

        public string Text
        {
            get
            {
                lock (_text) return _text.ToString();
            }
        }

        public void Write(ReadOnlySpan<byte> lines)
        {
            lock (_text) _text.Append(Encoding.UTF8.GetString(lines));
        }
    }

    private sealed class StandingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 5, 4, 5, 6, TimeSpan.FromHours(2));
    }
}
