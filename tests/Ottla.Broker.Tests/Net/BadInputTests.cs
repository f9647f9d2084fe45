using System.Text;
using Microsoft.Extensions.Logging;
using Ottla.Broker.Net;
using Ottla.Runtime.Logging;

namespace Ottla.Broker.Tests.Net;

public sealed class BadInputTests
{
    [Fact]
    public void One_line_a_second_and_the_next_says_how_many_were_left_out()
    {
        var time = new Clock();
        var lines = new Lines();
        using var logs = new LogSink(time, LogLevel.Information, lines);
        var badInput = new BadInput(time, logs.CreateLogger("Listener"));
        var context = new RequestContext { ListenerName = "PLAINTEXT", ClientHost = "10.0.0.1", Stopping = CancellationToken.None };
        for (var i = 0; i < 5; i++) badInput.Report(context, $"frame {i}");
        time.Advance(TimeSpan.FromMilliseconds(999));
        badInput.Report(context, "frame 5");
        time.Advance(TimeSpan.FromMilliseconds(1));
        badInput.Report(context, "frame 6");
        logs.Dispose();
        var told = lines.Text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, told.Length);
        Assert.Contains("10.0.0.1 sent on listener PLAINTEXT what is no request: frame 0", told[0]);
        Assert.Contains("frame 6", told[1]);
        Assert.Contains("(5 more since the last such line)", told[1]);
    }

    private sealed class Clock : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }

    private sealed class Lines : ILogOutput
    {
        public StringBuilder Text { get; } = new();

        public void Write(ReadOnlySpan<byte> lines)
        {
            lock (Text) Text.Append(Encoding.UTF8.GetString(lines));
        }
    }
}
