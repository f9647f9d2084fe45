using System.Text;
using Ottla.Runtime.Network;

namespace Ottla.Lab;

/// <summary>Lets `ottla lab kill 2` in from another terminal: one line of text in, an answer out, on a port of this machine alone.</summary>
/// <remarks>Callers are served one after the other, and whoever sends no whole line within <see cref="LineBytesMax"/> is let go. Its own asynchronous
/// run; a fault of a caller's connection ends that connection and nothing else.</remarks>
internal sealed class LabDoor : IDisposable
{
    /// <summary>The longest command has a dozen letters.</summary>
    public const int LineBytesMax = 256;

    private const int Backlog = 8;
    private static readonly TimeSpan LinePatience = TimeSpan.FromSeconds(5);

    private readonly IServerSocket _socket;
    private readonly LabCluster _cluster;
    private readonly TimeProvider _time;

    public LabDoor(ITransport transport, LabCluster cluster, TimeProvider time)
    {
        _socket = transport.Listen(LabPlan.Host, 0, Backlog);
        _cluster = cluster;
        _time = time;
        Served = Serve();
    }

    public int Port => _socket.Port;

    /// <summary>Ends when the door is closed.</summary>
    public Task Served { get; }

    public void Dispose() => _socket.Dispose();

    /// <summary>Asks the lab behind a port; null where nobody is there.</summary>
    public static async Task<string?> Ask(ITransport transport, int port, string line, CancellationToken cancellation)
    {
        try
        {
            using var stream = await transport.Connect(LabPlan.Host, port, cancellation).ConfigureAwait(false);
            await stream.Send(Encoding.UTF8.GetBytes(line + "\n")).ConfigureAwait(false);
            var answer = new MemoryStream();
            var buffer = new byte[4096];
            while (await stream.Receive(buffer).ConfigureAwait(false) is > 0 and var count) answer.Write(buffer.AsSpan(0, count));
            return answer.Length == 0 ? null : Encoding.UTF8.GetString(answer.ToArray());
        }
        catch (IOException)
        {
            return null;
        }
    }

    private async Task Serve()
    {
        while (await _socket.Accept().ConfigureAwait(false) is { } caller)
        {
            using (caller)
            {
                try
                {
                    if (await ReadLine(caller).WaitAsync(LinePatience, _time).ConfigureAwait(false) is { } line)
                        await caller.Send(Encoding.UTF8.GetBytes(await _cluster.Run(line).ConfigureAwait(false) + "\n")).ConfigureAwait(false);
                }
                catch (Exception gone) when (gone is IOException or TimeoutException)
                {
                    // the next one may have more to say
                }
            }
        }
    }

    private static async Task<string?> ReadLine(IByteStream caller)
    {
        var line = new byte[LineBytesMax];
        var length = 0;
        while (length < line.Length)
        {
            var count = await caller.Receive(line.AsMemory(length)).ConfigureAwait(false);
            if (count <= 0) return null;
            length += count;
            if (line.AsSpan(0, length).IndexOf((byte)'\n') is >= 0 and var end) return Encoding.UTF8.GetString(line, 0, end);
        }

        return null;
    }
}
