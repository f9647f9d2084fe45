using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Ottla.Runtime.Loops;

namespace Ottla.Runtime.Logging;

/// <summary>Where log lines end: standard output, a rolling file, a list in a test.</summary>
public interface ILogOutput
{
    /// <summary>Takes whole lines, UTF-8. A fault of the output must not reach who logs: it is swallowed by the output.</summary>
    void Write(ReadOnlySpan<byte> lines);
}

/// <summary>Turns log events into lines, one an event, and writes them behind the back of those who log.</summary>
/// <remarks>
/// Nobody waits for a slow terminal or disk: events wait in a queue of at most <see cref="WaitingMax"/> lines; what does not fit is counted
/// and the count is said once there is room. A turn on the thread pool takes all that waits, makes lines of it and writes them with one
/// call.
/// </remarks>
public sealed class LogSink(TimeProvider time, LogLevel least, params ILogOutput[] outputs) : ILoggerFactory
{
    /// <summary>Lines that wait for the output. At 200 bytes a line it is 2 MiB, far more than any burst of a healthy node.</summary>
    public const int WaitingMax = 10_000;

    /// <summary>Long enough for any message with names of topics and directories; a longer one is cut.</summary>
    private const int LineCharsMax = 4_000;

    // nobody can be told of a fault of the log but by the log
    private readonly EventLoop _loop = new("log", static _ => { });
    private readonly ConcurrentQueue<Line> _lines = new();
    private readonly Lock _writing = new();
    private int _waiting;
    private int _scheduled;
    private int _dropped;

    /// <summary>Which events are logged; may be turned at any time.</summary>
    public LogLevels Levels { get; } = new(least);

    public ILogger CreateLogger(string categoryName)
    {
        var name = categoryName[(categoryName.LastIndexOf('.') + 1)..];
        return new CategoryLogger(this, name, Levels.Of(name));
    }

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Outputs are given to the constructor");

    /// <summary>Writes what still waits.</summary>
    public void Dispose() => Drain();

    private void Turn()
    {
        Volatile.Write(ref _scheduled, 0);
        Interlocked.MemoryBarrier();
        Drain();
    }

    private void Add(Line line)
    {
        if (Interlocked.Increment(ref _waiting) > WaitingMax)
        {
            Interlocked.Decrement(ref _waiting);
            Interlocked.Increment(ref _dropped);
            return;
        }

        _lines.Enqueue(line);
        if (Interlocked.Exchange(ref _scheduled, 1) == 0) _loop.Post(Turn);
    }

    private void Drain()
    {
        lock (_writing)
        {
            var text = new StringBuilder();
            while (_lines.TryDequeue(out var line))
            {
                Interlocked.Decrement(ref _waiting);
                line.AddTo(text);
            }

            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped) text.Append($"{dropped} log lines were dropped: the output is too slow\n");
            if (text.Length == 0) return;
            var bytes = Encoding.UTF8.GetBytes(text.ToString());
            foreach (var output in outputs) output.Write(bytes);
        }
    }

    private sealed class CategoryLogger(LogSink sink, string category, LogLevels.Category levels) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= levels.Level && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            var message = formatter(state, exception);
            if (exception is not null) message += $": {exception}";
            sink.Add(new Line(sink.Time.GetUtcNow(), logLevel, category, message));
        }
    }

    private sealed record Line(DateTimeOffset At, LogLevel Level, string Category, string Message)
    {
        public void AddTo(StringBuilder text)
        {
            var message = Message.Length > LineCharsMax ? Message[..LineCharsMax] + "..." : Message;
            AddTime(text);
            text.Append(' ').Append(Name(Level)).Append(' ').Append(Category).Append(": ");
            text.Append(IsOneLine(message) ? message : message.ReplaceLineEndings(" | ")).Append('\n');
        }

        // by hand: the framework's formats are generic over letters and are compiled when the first line is written
        private void AddTime(StringBuilder text)
        {
            var at = At.UtcDateTime;
            AddDigits(text, at.Year, 1000).Append('-');
            AddDigits(text, at.Month, 10).Append('-');
            AddDigits(text, at.Day, 10).Append('T');
            AddDigits(text, at.Hour, 10).Append(':');
            AddDigits(text, at.Minute, 10).Append(':');
            AddDigits(text, at.Second, 10).Append('.');
            AddDigits(text, at.Millisecond, 100).Append('Z');
        }

        private static StringBuilder AddDigits(StringBuilder text, int number, int first)
        {
            for (var unit = first; unit > 0; unit /= 10) text.Append((char)('0' + number / unit % 10));
            return text;
        }

        private static bool IsOneLine(string message)
        {
            foreach (var letter in message)
            {
                if (letter is '\n' or '\r' or '\v' or '\f' or '\u0085' or '\u2028' or '\u2029') return false;
            }

            return true;
        }

        private static string Name(LogLevel level) => level switch
        {
            LogLevel.Trace => "TRACE",
            LogLevel.Debug => "DEBUG",
            LogLevel.Information => "INFO ",
            LogLevel.Warning => "WARN ",
            LogLevel.Error => "ERROR",
            _ => "FATAL",
        };
    }

    private TimeProvider Time => time;
}
