using System.Text;
using Ottla.Runtime.Files;
using Ottla.Runtime.Network;

namespace Ottla.Cli;

/// <summary>The world of a tool: its streams, the network, the disk, time and chance. Made by the composition root, or by a test.</summary>
/// <remarks>
/// <see cref="Out"/> writes through <see cref="Output"/>: a tool uses the one or the other, and whoever ran it calls <see cref="Flush"/> at
/// the end.
/// Standard error is flushed with each line, since people read it while the tool runs.
/// </remarks>
public sealed class CliContext : IDisposable
{
    /// <summary>
    /// Standard output is written in pieces of this size; a console consumer that copies a topic to a file makes few calls of the system.
    /// </summary>
    private const int OutputBufferBytes = 64 << 10;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public CliContext(Stream input, Stream output, Stream error)
    {
        Input = input;
        Output = new BufferedStream(output, OutputBufferBytes);
        Out = new StreamWriter(Output, Utf8, 4096) { AutoFlush = false, NewLine = "\n" };
        Error = new StreamWriter(error, Utf8, 1024) { AutoFlush = true, NewLine = "\n" };
    }

    /// <summary>Standard input, as bytes.</summary>
    public Stream Input { get; }

    /// <summary>Standard output, as bytes.</summary>
    public Stream Output { get; }

    /// <summary>Standard output, as UTF-8 text.</summary>
    public TextWriter Out { get; }

    /// <summary>Standard error, as UTF-8 text.</summary>
    public TextWriter Error { get; }

    public required ITransport Transport { get; init; }

    public required IFileSystem Files { get; init; }

    public required TimeProvider Time { get; init; }

    public required Random Random { get; init; }

    /// <summary>The variables of the process, for configs that name some of them.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>This machine's name for others, asked for only where a config leaves a host open.</summary>
    public Func<string> HostName { get; init; } = static () => "localhost";

    /// <summary>A person types standard input: ask for each line.</summary>
    public bool Interactive { get; init; }

    /// <summary>Set by Ctrl-C or SIGTERM: the tool ends in good order.</summary>
    public CancellationToken Cancelled { get; init; }

    /// <summary>Sends all that was written on its way.</summary>
    public void Flush()
    {
        Out.Flush();
        Output.Flush();
    }

    public void Dispose()
    {
        Flush();
        Out.Dispose();
        Error.Dispose();
    }
}
