using Ottla.Runtime.Network;
using Ottla.Runtime.Platform;

namespace Ottla.Runtime.Tests.Network;

public sealed class OsTransportTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Whoever_receives_on_a_connection_closed_here_gets_an_io_exception()
    {
        var (ours, theirs) = await Pair();
        using (theirs)
        {
            ours.Close();
            await Assert.ThrowsAnyAsync<IOException>(() => ours.Receive(new byte[8]).AsTask());
            await Assert.ThrowsAnyAsync<IOException>(() => ours.Receive(Memory<byte>.Empty).AsTask());
            await Assert.ThrowsAnyAsync<IOException>(() => ours.Send(new byte[8]).AsTask());
        }
    }

    [Fact]
    public async Task A_peer_that_closes_is_the_end_of_the_bytes()
    {
        var (ours, theirs) = await Pair();
        using (ours)
        {
            await theirs.Send("abc"u8.ToArray());
            theirs.Dispose();
            var buffer = new byte[8];
            Assert.Equal(3, await ours.Receive(buffer).AsTask().WaitAsync(Patience));
            Assert.Equal(0, await ours.Receive(buffer).AsTask().WaitAsync(Patience));
        }
    }

    [Fact]
    public async Task A_disposed_server_socket_accepts_no_more()
    {
        var server = new OsTransport().Listen("127.0.0.1", 0, 1);
        var accepting = server.Accept().AsTask();
        server.Dispose();
        Assert.Null(await accepting.WaitAsync(Patience));
        Assert.Null(await server.Accept().AsTask().WaitAsync(Patience));
    }

    [Fact]
    public void An_address_that_is_taken_is_said_with_its_name()
    {
        using var first = new OsTransport().Listen("127.0.0.1", 0, 1);
        var refused = Assert.ThrowsAny<IOException>(() => new OsTransport().Listen("127.0.0.1", first.Port, 1));
        Assert.Contains($"127.0.0.1:{first.Port}", refused.Message);
    }

    private static async Task<(IByteStream Ours, IByteStream Theirs)> Pair()
    {
        var transport = new OsTransport();
        using var server = transport.Listen("127.0.0.1", 0, 1);
        var accepting = server.Accept().AsTask();
        var theirs = await transport.Connect("127.0.0.1", server.Port, CancellationToken.None);
        return ((await accepting.WaitAsync(Patience))!, theirs);
    }
}
