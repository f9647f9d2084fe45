using System.Net;
using System.Net.Sockets;
using Ottla.Runtime.Files;
using Ottla.Runtime.Network;
using Ottla.Runtime.Platform;
using Ottla.Runtime.Platform.Polling;

namespace Ottla.Runtime.Tests.Network;

/// <summary>Connections that come in, by the poller of our own and by .NET's sockets.</summary>
public sealed class OsTransportTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_receives_on_a_connection_closed_here_gets_an_io_exception(bool polls)
    {
        var (ours, theirs) = await Pair(polls);
        using (theirs)
        {
            ours.Close();
            await Assert.ThrowsAnyAsync<IOException>(() => ours.Receive(new byte[8]).AsTask());
            await Assert.ThrowsAnyAsync<IOException>(() => ours.Send(new byte[8]).AsTask());
            ours.Dispose();
            await Assert.ThrowsAnyAsync<IOException>(() => ours.Receive(new byte[8]).AsTask());
            await Assert.ThrowsAnyAsync<IOException>(() => ours.Send(new byte[8]).AsTask());
        }
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Whoever_waits_when_the_connection_is_closed_here_hears_of_it(bool polls, bool receives)
    {
        var (ours, theirs) = await Pair(polls);
        using (theirs)
        using (ours)
        {
            var waiting = receives ? ours.Receive(new byte[8]).AsTask() : SendUntilItFails(ours);
            ours.Close();
            await Assert.ThrowsAnyAsync<IOException>(() => waiting.WaitAsync(Patience));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_peer_that_closes_is_the_end_of_the_bytes(bool polls)
    {
        var (ours, theirs) = await Pair(polls);
        using (ours)
        {
            await theirs.Send("abc"u8.ToArray());
            theirs.Dispose();
            var buffer = new byte[8];
            Assert.Equal(3, await ours.Receive(buffer).AsTask().WaitAsync(Patience));
            Assert.Equal(0, await ours.Receive(buffer).AsTask().WaitAsync(Patience));
            Assert.Equal(0, await ours.Receive(buffer).AsTask().WaitAsync(Patience));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task More_than_the_system_buffers_arrives_whole_both_ways(bool polls)
    {
        var (ours, theirs) = await Pair(polls);
        using (ours)
        using (theirs)
        {
            var bytes = new byte[9_000_001];
            new Random(7).NextBytes(bytes);
            foreach (var (from, to) in new[] { (ours, theirs), (theirs, ours) })
            {
                var sending = from.Send(bytes.AsMemory(0, 1_000_000), more: true).AsTask();
                var received = await Received(to, 1_000_000);
                await sending.WaitAsync(Patience);
                Assert.True(bytes.AsSpan(0, 1_000_000).SequenceEqual(received));
                sending = from.Send(bytes).AsTask();
                received = await Received(to, bytes.Length);
                await sending.WaitAsync(Patience);
                Assert.True(bytes.AsSpan().SequenceEqual(received));
            }
        }
    }

    [Theory]
    [InlineData(true, 1_000)]
    [InlineData(true, 8_000_000)]
    [InlineData(false, 8_000_000)]
    public async Task A_range_of_a_file_arrives_as_it_lies_there(bool polls, int length)
    {
        var (ours, theirs) = await Pair(polls);
        var path = Path.GetTempFileName();
        using (ours)
        using (theirs)
        {
            try
            {
                var bytes = new byte[length + 100];
                new Random(8).NextBytes(bytes);
                using var file = new OsFileSystem().Open(path, OpenFor.Writing);
                file.Write(0, bytes);
                var sending = ours.SendFile(file, 50, length).AsTask();
                var received = await Received(theirs, length);
                await sending.WaitAsync(Patience);
                Assert.True(bytes.AsSpan(50, length).SequenceEqual(received));
                await Assert.ThrowsAnyAsync<IOException>(() => ours.SendFile(file, length + 1_000, 5_000).AsTask().WaitAsync(Patience));
            }
            finally
            {
                new OsFileSystem().DeleteFile(path);
            }
        }
    }

    [Fact]
    public async Task A_connection_whose_reader_blocks_the_poller_does_not_hold_up_the_others()
    {
        using var transport = new OsTransport();
        using var server = transport.Listen("127.0.0.1", 0, 8);
        var (slow, slowPeer) = await Connect(transport, server);
        var (quick, quickPeer) = await Connect(transport, server);
        using var release = new ManualResetEventSlim();
        using (slow)
        using (slowPeer)
        using (quick)
        using (quickPeer)
        {
            var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var blocking = ReceiveAndBlock();
            await slowPeer.Send(new byte[1]);
            await blocked.Task.WaitAsync(Patience);
            for (var round = 0; round < 3; round++)
            {
                var receiving = quick.Receive(new byte[8]).AsTask();
                await quickPeer.Send(new byte[5]);
                Assert.Equal(5, await receiving.WaitAsync(Patience));
            }

            release.Set();
            await blocking.WaitAsync(Patience);

            async Task ReceiveAndBlock()
            {
                await slow.Receive(new byte[8]);
                blocked.SetResult();
                release.Wait(Patience);
            }
        }
    }

    [Fact]
    public async Task Many_connections_get_their_own_bytes()
    {
        using var transport = new OsTransport();
        using var server = transport.Listen("127.0.0.1", 0, 200);
        var accepting = AcceptAll();
        var asking = Enumerable.Range(0, 100).Select(async number =>
        {
            using var stream = await transport.Connect("127.0.0.1", server.Port, CancellationToken.None);
            for (var round = 0; round < 50; round++)
            {
                var sent = new byte[1 + ((number * 31 + round * 997) % 5_000)];
                Array.Fill(sent, (byte)(number + round));
                await stream.Send(sent);
                Assert.Equal(sent, await Received(stream, sent.Length));
            }
        }).ToArray();
        await Task.WhenAll(asking).WaitAsync(Patience);
        await Task.WhenAll(await accepting.WaitAsync(Patience)).WaitAsync(Patience);

        async Task<List<Task>> AcceptAll()
        {
            var echoing = new List<Task>();
            while (echoing.Count < 100) echoing.Add(Echo((await server.Accept())!));
            return echoing;
        }

        static async Task Echo(IByteStream stream)
        {
            using (stream)
            {
                var buffer = new byte[3_000];
                while (await stream.Receive(buffer) is var count and > 0) await stream.Send(buffer.AsMemory(0, count));
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_knows_whose_it_is(bool polls)
    {
        using var transport = new OsTransport(polls);
        foreach (var host in new[] { "127.0.0.1", "" })
        {
            using var server = transport.Listen(host, 0, 1);
            var (ours, theirs) = await Connect(transport, server);
            using (ours)
            using (theirs)
            {
                Assert.Equal("127.0.0.1", ours.RemoteHost);
                Assert.InRange(ours.RemotePort, 1, 65_535);
                Assert.Equal(server.Port, theirs.RemotePort);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_disposed_server_socket_accepts_no_more(bool polls)
    {
        using var transport = new OsTransport(polls);
        var server = transport.Listen("127.0.0.1", 0, 1);
        var accepting = server.Accept().AsTask();
        server.Dispose();
        Assert.Null(await accepting.WaitAsync(Patience));
        Assert.Null(await server.Accept().AsTask().WaitAsync(Patience));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_port_where_nobody_listens_refuses(bool polls)
    {
        using var transport = new OsTransport(polls);
        int port;
        using (var server = transport.Listen("127.0.0.1", 0, 1)) port = server.Port;
        var refused = await Assert.ThrowsAsync<ConnectException>(() => transport.Connect("127.0.0.1", port, CancellationToken.None).AsTask());
        Assert.Equal(ConnectFault.Refused, refused.Fault);
        Assert.Contains($"127.0.0.1:{port}", refused.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_name_without_an_address_is_told_from_a_host_that_refuses(bool polls)
    {
        using var transport = new OsTransport(polls);
        var unknown = await Assert.ThrowsAsync<ConnectException>(() => transport.Connect("there.is.no.such.name.invalid", 1, CancellationToken.None).AsTask());
        Assert.Equal(ConnectFault.UnknownName, unknown.Fault);
    }

    [Fact]
    public async Task All_addresses_of_a_name_are_tried()
    {
        using var transport = new OsTransport();
        using var server = transport.Listen("127.0.0.1", 0, 1);
        // localhost may have an address of IPv6 first, where nobody listens
        using var stream = await transport.Connect("localhost", server.Port, CancellationToken.None);
        Assert.Equal(server.Port, stream.RemotePort);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_nobody_accepts_is_given_up_when_its_caller_does(bool polls)
    {
        using var transport = new OsTransport(polls);
        using var server = transport.Listen("127.0.0.1", 0, 1);
        using var waiting = new CancellationTokenSource();
        // the queue of those who wait for their acceptance is short, and whoever comes then gets no answer
        var all = Enumerable.Range(0, 16).Select(_ => transport.Connect("127.0.0.1", server.Port, waiting.Token).AsTask()).ToList();
        await Task.WhenAny(all).WaitAsync(Patience);
        await waiting.CancelAsync();
        await Task.WhenAll(all).WaitAsync(Patience).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Contains(all, one => one.IsCanceled);
        Assert.DoesNotContain(all, one => one.IsFaulted);
        foreach (var one in all.Where(one => one.IsCompletedSuccessfully)) (await one).Dispose();
    }

    [Fact]
    public void A_connection_to_itself_is_seen()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = socket.LocalEndPoint!.Serialize();
        socket.Connect(socket.LocalEndPoint);
        Assert.True(PollCalls.IsConnectedToItself(socket.SafeHandle, address.Buffer.Span[..address.Size]));
        address[3] ^= 1;
        Assert.False(PollCalls.IsConnectedToItself(socket.SafeHandle, address.Buffer.Span[..address.Size]));
    }

    [Fact]
    public void An_address_that_is_taken_is_said_with_its_name()
    {
        using var first = new OsTransport().Listen("127.0.0.1", 0, 1);
        var refused = Assert.ThrowsAny<IOException>(() => new OsTransport().Listen("127.0.0.1", first.Port, 1));
        Assert.Contains($"127.0.0.1:{first.Port}", refused.Message);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_peer_that_goes_is_noticed_while_nobody_receives(bool polls, bool isReset)
    {
        var (ours, theirs) = await Pair(polls);
        using (ours)
        {
            await theirs.Send("abc"u8.ToArray());
            var buffer = new byte[3];
            Assert.Equal(3, await ours.Receive(buffer).AsTask().WaitAsync(Patience));
            var gone = new TaskCompletionSource();
            Assert.False(ours.PeerClosed.IsCancellationRequested);
            using var told = ours.PeerClosed.Register(gone.SetResult);
            // bytes that nobody has read make a close a reset
            if (isReset) await ours.Send(new byte[1]);
            theirs.Dispose();
            await gone.Task.WaitAsync(Patience);
            Assert.True(ours.PeerClosed.IsCancellationRequested);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bytes_that_wait_are_no_end_of_a_peer(bool polls)
    {
        var (ours, theirs) = await Pair(polls);
        using (theirs)
        using (ours)
        {
            Assert.False(ours.PeerClosed.IsCancellationRequested);
            for (var i = 1; i <= 20; i++)
            {
                await theirs.Send("abc"u8.ToArray());
                await Received(ours, 3);
                Assert.False(ours.PeerClosed.IsCancellationRequested);
                Assert.Equal(3 * i, ours.Moved);
            }

            await ours.Send(new byte[5]);
            Assert.Equal(65, ours.Moved);
            ours.Close();
            Assert.True(await Cancelled(ours.PeerClosed));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_cannot_be_read_is_no_fault_of_the_connection(bool polls)
    {
        var (ours, theirs) = await Pair(polls);
        using (theirs)
        using (ours)
        {
            var files = new FaultyFileSystem(new MemoryFileSystem(), call =>
            {
                if (call.Operation == FileOperation.Read) throw DiskFault.Broken(call.Path);
            });
            using var file = files.Open("/a", OpenFor.WritingOrCreating);
            file.Write(0, new byte[100]);
            var fault = await Assert.ThrowsAnyAsync<IOException>(() => ours.SendFile(file, 0, 100).AsTask());
            Assert.IsNotType<ConnectionLostException>(fault);
            ours.Dispose();
            await Assert.ThrowsAsync<ConnectionLostException>(() => ours.Send(new byte[1]).AsTask());
        }
    }

    private static async Task<bool> Cancelled(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource();
        using var told = token.Register(() => cancelled.TrySetResult());
        await cancelled.Task.WaitAsync(Patience, CancellationToken.None);
        return true;
    }

    private static async Task<byte[]> Received(IByteStream stream, int length)
    {
        var bytes = new byte[length];
        for (var filled = 0; filled < length;)
        {
            var count = await stream.Receive(bytes.AsMemory(filled)).AsTask().WaitAsync(Patience);
            Assert.NotEqual(0, count);
            filled += count;
        }

        return bytes;
    }

    private static async Task SendUntilItFails(IByteStream stream)
    {
        while (true) await stream.Send(new byte[1 << 20]);
    }

    private static async Task<(IByteStream Ours, IByteStream Theirs)> Pair(bool polls)
    {
        var transport = new OsTransport(polls);
        using var server = transport.Listen("127.0.0.1", 0, 1);
        return await Connect(transport, server);
    }

    private static async Task<(IByteStream Ours, IByteStream Theirs)> Connect(OsTransport transport, IServerSocket server)
    {
        var accepting = server.Accept().AsTask();
        var theirs = await transport.Connect("127.0.0.1", server.Port, CancellationToken.None);
        return ((await accepting.WaitAsync(Patience))!, theirs);
    }
}
