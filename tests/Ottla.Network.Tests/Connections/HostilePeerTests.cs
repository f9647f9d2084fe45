using System.Buffers.Binary;
using Ottla.Network.Connections;
using Ottla.Network.Links;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Network.Tests.Connections;

/// <summary>What a peer can send that no honest one sends.</summary>
public sealed class HostilePeerTests
{
    private static readonly Api<MetadataRequest, MetadataResponse> Metadata = new(13);
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_length_that_is_only_announced_takes_no_memory()
    {
        var peer = ScriptedPeer.Serving((header, _) => Announcing(120 << 20, header));
        peer.PieceBytes = 1 << 20;
        using var connection = await Open(peer, new LinkOptions { ClientId = "test", AnswerBytesMax = 512 << 20 });
        var waiting = connection.Send(Metadata, new MetadataRequest(), timeoutMs: 50);
        Assert.InRange(peer.Last.RoomMax, 1, 64 << 10);
        _time.Advance(50);
        Assert.Equal(LinkFailure.TimedOut, (await waiting).Error?.Failure);
    }

    [Theory]
    [InlineData(512 << 20)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    [InlineData(3)]
    public async Task A_length_that_no_answer_has_ends_the_connection(int length)
    {
        using var connection = await Open(ScriptedPeer.Serving((header, _) => Announcing(length, header)));
        Assert.Equal(LinkFailure.Malformed, (await connection.Send(Metadata, new MetadataRequest())).Error?.Failure);
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task An_answer_that_nobody_asked_for_ends_the_connection()
    {
        using var connection = await Open(ScriptedPeer.Serving((header, _) => ScriptedPeer.Frame(header with { CorrelationId = 99 }, Cluster(), header.ApiVersion)));
        Assert.Equal(LinkFailure.Malformed, (await connection.Send(Metadata, new MetadataRequest())).Error?.Failure);
    }

    [Fact]
    public async Task An_answer_that_comes_twice_ends_the_connection()
    {
        var peer = ScriptedPeer.Serving((header, _) =>
        {
            var frame = ScriptedPeer.Frame(header, Cluster(), header.ApiVersion);
            return [.. frame, .. frame];
        });
        using var connection = await Open(peer);
        using var first = await connection.Send(Metadata, new MetadataRequest());
        Assert.True(first.HasMessage);
        Assert.Equal(LinkFailure.Malformed, (await connection.Send(Metadata, new MetadataRequest())).Error?.Failure);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_read_ends_the_connection()
    {
        using var connection = await Open(ScriptedPeer.Serving((header, _) => ScriptedPeer.Frame(header, Cluster(), header.ApiVersion)[..^3] is var cut
            ? WithLength(cut) : null));
        var refused = await connection.Send(Metadata, new MetadataRequest());
        Assert.Equal(LinkFailure.Malformed, refused.Error?.Failure);
        Assert.False(connection.IsOpen);
    }

    /// <summary>From the first byte of the first answer to the last one of the second.</summary>
    [Fact]
    public async Task A_peer_that_closes_at_any_byte_is_told_from_one_that_answered()
    {
        var whole = 0;
        var peer = new ScriptedPeer((header, _) =>
        {
            var frame = header.ApiKey == ApiKey.ApiVersions ? ScriptedPeer.Frame(header, ScriptedPeer.Versions(), header.ApiVersion)
                : ScriptedPeer.Frame(header, Cluster(), header.ApiVersion);
            whole += frame.Length;
            return frame;
        });
        using (var connection = await Open(peer)) (await connection.Send(Metadata, new MetadataRequest())).Dispose();
        var all = whole;
        for (var bytes = 0; bytes < all; bytes++)
        {
            peer.ClosesAfterBytes = bytes;
            var opened = await Connect(peer, new LinkOptions { ClientId = "test" });
            var error = opened.Error;
            if (opened.Connection is { } connection) error = (await connection.Send(Metadata, new MetadataRequest())).Error;
            Assert.Equal(LinkFailure.EndOfStream, error?.Failure);
            Assert.True(error!.IsEndByPeer);
        }
    }

    [Fact]
    public async Task A_peer_that_breaks_the_connection_is_told_from_one_that_closes_it()
    {
        var peer = ScriptedPeer.Serving((_, _) => null);
        using var connection = await Open(peer);
        var waiting = connection.Send(Metadata, new MetadataRequest());
        peer.Last.End(isReset: true);
        Assert.Equal(LinkFailure.Reset, (await waiting).Error?.Failure);
    }

    [Fact]
    public async Task An_answer_that_stops_halfway_is_given_up_in_time()
    {
        using var connection = await Open(ScriptedPeer.Serving((header, _) => ScriptedPeer.Frame(header, Cluster(), header.ApiVersion)[..9]));
        var waiting = connection.Send(Metadata, new MetadataRequest(), timeoutMs: 50);
        _time.Advance(50);
        Assert.Equal(LinkFailure.TimedOut, (await waiting).Error?.Failure);
    }

    [Fact]
    public async Task An_exception_that_nobody_expects_reaches_those_who_wait_and_the_platform()
    {
        var faults = new List<Exception>();
        var peer = ScriptedPeer.Serving((_, _) => throw new InvalidOperationException("a bug"));
        var opened = await Connection.Open(new("scripted", 1), new LinkOptions { ClientId = "test" },
            new(peer, _time, new Random(1), faults.Add), CancellationToken.None);
        using var connection = opened.Connection!;
        var answer = await connection.Send(Metadata, new MetadataRequest());
        Assert.Equal(LinkFailure.Fault, answer.Error?.Failure);
        Assert.Equal("a bug", Assert.Single(faults).Message);
    }

    private static byte[] Announcing(int length, RequestHeader header)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), header.CorrelationId);
        return bytes;
    }

    private static byte[] WithLength(byte[] frame)
    {
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        return frame;
    }

    private async Task<Connection> Open(ScriptedPeer peer, LinkOptions? options = null)
    {
        var opened = await Connect(peer, options ?? new LinkOptions { ClientId = "test" });
        Assert.Null(opened.Error);
        return opened.Connection!;
    }

    private ValueTask<Opened> Connect(ScriptedPeer peer, LinkOptions options) =>
        Connection.Open(new("scripted", 1), options, new(peer, _time, new Random(1)), CancellationToken.None);

    private static MetadataResponse Cluster() => new() { ClusterId = "cluster" };
}
