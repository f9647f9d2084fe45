using Ottla.Network.Connections;
using Ottla.Network.Links;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Network.Tests.Connections;

public sealed class ConnectionTests
{
    private static readonly NodeAddress Address = new("scripted", 1);
    private static readonly Api<MetadataRequest, MetadataResponse> Metadata = new(13);
    private static readonly Api<ProduceRequest, ProduceResponse> Produce = new(13);
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_peer_that_knows_only_old_versions_of_ApiVersions_is_asked_again_in_version_0()
    {
        var asked = new List<short>();
        using var connection = await Open(new ScriptedPeer((header, _) =>
        {
            asked.Add(header.ApiVersion);
            var answer = header.ApiVersion > 0 ? new ApiVersionsResponse { ErrorCode = ErrorCode.UnsupportedVersion } : ScriptedPeer.Versions();
            return ScriptedPeer.Frame(header, answer, 0);
        }));
        Assert.Equal([4, 0], asked.Select(v => (int)v));
        Assert.Equal(5, connection.VersionOf(Metadata));
        Assert.Equal(-1, connection.VersionOf(NodeApis.Vote));
    }

    [Fact]
    public async Task What_the_peer_does_not_serve_is_not_sent()
    {
        using var connection = await Open(ScriptedPeer.Serving((header, _) => throw new InvalidOperationException($"{header.ApiKey} was sent")));
        var answer = await connection.Send(NodeApis.Vote, new VoteRequest());
        Assert.Equal(LinkFailure.UnsupportedVersion, answer.Error?.Failure);
        Assert.True(answer.Error!.NeverSent);
        Assert.True(connection.IsOpen);
    }

    [Fact]
    public async Task A_request_that_no_common_version_can_carry_fails_alone()
    {
        using var connection = await Open(ScriptedPeer.Serving((header, _) => ScriptedPeer.Frame(header, Cluster("x"), header.ApiVersion)));
        var unfit = new MetadataRequest { Topics = [new() { TopicId = new Uuid(1, 1), Name = null }] };
        Assert.Equal(LinkFailure.UnsupportedVersion, (await connection.Send(Metadata, unfit)).Error?.Failure);
        using var next = await connection.Send(Metadata, new MetadataRequest());
        Assert.Equal("x", next.Message.ClusterId);
    }

    [Fact]
    public async Task Answers_find_their_requests_whatever_their_order()
    {
        RequestHeader? held = null;
        using var connection = await Open(ScriptedPeer.Serving((header, _) =>
        {
            if (held is not { } first)
            {
                held = header;
                return null;
            }

            return [.. ScriptedPeer.Frame(header, Cluster("second"), header.ApiVersion), .. ScriptedPeer.Frame(first, Cluster("first"), header.ApiVersion)];
        }));
        var one = connection.Send(Metadata, new MetadataRequest());
        using var two = await connection.Send(Metadata, new MetadataRequest());
        using var first = await one;
        Assert.Equal(("first", "second"), (first.Message.ClusterId, two.Message.ClusterId));
    }

    [Fact]
    public async Task A_request_without_an_answer_in_time_ends_the_connection_and_all_that_wait_on_it()
    {
        using var connection = await Open(ScriptedPeer.Serving((_, _) => null));
        var patient = connection.Send(Metadata, new MetadataRequest(), timeoutMs: 60_000);
        var late = connection.Send(Metadata, new MetadataRequest(), timeoutMs: 50);
        _time.Advance(49);
        Assert.True(connection.IsOpen);
        _time.Advance(1);
        Assert.Equal(LinkFailure.TimedOut, (await late).Error?.Failure);
        Assert.Equal(LinkFailure.ClosedHere, (await patient).Error?.Failure);
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task A_deadline_that_passes_behind_one_that_was_met_is_seen_too()
    {
        using var connection = await Open(ScriptedPeer.Serving((header, body) =>
            header.CorrelationId == 2 ? ScriptedPeer.Frame(header, Cluster("x"), header.ApiVersion) : null));
        using var first = await connection.Send(Metadata, new MetadataRequest(), timeoutMs: 50);
        Assert.True(first.HasMessage);
        var second = connection.Send(Metadata, new MetadataRequest(), timeoutMs: 80);
        _time.Advance(50);
        Assert.True(connection.IsOpen);
        _time.Advance(30);
        Assert.Equal(LinkFailure.TimedOut, (await second).Error?.Failure);
    }

    [Fact]
    public async Task A_peer_that_takes_no_bytes_is_given_up_in_time()
    {
        var peer = ScriptedPeer.Serving((_, _) => null);
        using var connection = await Open(peer);
        peer.TakesNothing = true;
        var stuck = connection.Send(Metadata, new MetadataRequest(), timeoutMs: 50);
        var behind = connection.Send(Metadata, new MetadataRequest(), timeoutMs: 60);
        _time.Advance(50);
        Assert.Equal((LinkFailure.TimedOut, LinkFailure.ClosedHere), ((await stuck).Error!.Failure, (await behind).Error!.Failure));
    }

    [Fact]
    public async Task Requests_beyond_the_bound_wait_for_room_and_no_longer_than_their_time()
    {
        var sent = 0;
        var peer = ScriptedPeer.Serving((_, _) =>
        {
            sent++;
            return null;
        });
        using var connection = await Open(peer);
        var waiting = Enumerable.Range(0, 33).Select(i => connection.Send(Metadata, new MetadataRequest(), timeoutMs: i == 32 ? 10 : 1_000).AsTask()).ToList();
        Assert.Equal(32, sent);
        _time.Advance(10);
        Assert.Equal(LinkFailure.TimedOut, (await waiting[32]).Error?.Failure);
        Assert.True(connection.IsOpen);
    }

    [Fact]
    public async Task A_cancelled_request_leaves_the_connection_to_the_others()
    {
        var held = new List<RequestHeader>();
        var peer = ScriptedPeer.Serving((header, _) =>
        {
            held.Add(header);
            return null;
        });
        using var connection = await Open(peer);
        using var cancelled = new CancellationTokenSource();
        var gone = connection.Send(Metadata, new MetadataRequest(), cancellation: cancelled.Token);
        var other = connection.Send(Metadata, new MetadataRequest());
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone.AsTask());
        foreach (var header in held) peer.Last.Push(ScriptedPeer.Frame(header, Cluster($"{header.CorrelationId}"), header.ApiVersion));
        using var answer = await other;
        Assert.Equal($"{held[1].CorrelationId}", answer.Message.ClusterId);
    }

    [Fact]
    public async Task A_request_without_an_answer_is_done_once_it_is_sent()
    {
        var sent = new List<ApiKey>();
        using var connection = await Open(ScriptedPeer.Serving((header, _) =>
        {
            sent.Add(header.ApiKey);
            return null;
        }));
        Assert.Null(await connection.SendOneWay(Produce, new ProduceRequest(), CancellationToken.None));
        Assert.Equal([ApiKey.Produce], sent);
        connection.Dispose();
        Assert.Equal(LinkFailure.ClosedHere, (await connection.SendOneWay(Produce, new ProduceRequest(), CancellationToken.None))?.Failure);
    }

    private async Task<Connection> Open(ScriptedPeer peer)
    {
        var opened = await Connection.Open(Address, new LinkOptions { ClientId = "test" }, new(peer, _time, new Random(1)), CancellationToken.None);
        Assert.Null(opened.Error);
        return opened.Connection!;
    }

    private static MetadataResponse Cluster(string id) => new() { ClusterId = id };
}
