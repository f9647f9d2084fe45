using Ottla.Network.Connections;
using Ottla.Network.Links;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;

namespace Ottla.Network.Tests.Links;

public sealed class NodeLinkTests
{
    private static readonly Api<MetadataRequest, MetadataResponse> Metadata = new(13);
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(ConnectFault.Refused, LinkFailure.Refused)]
    [InlineData(ConnectFault.UnknownName, LinkFailure.UnknownName)]
    [InlineData(ConnectFault.Unreachable, LinkFailure.Unreachable)]
    public async Task Why_nobody_could_be_reached_is_told(ConnectFault fault, LinkFailure told)
    {
        var peer = Answering();
        peer.Refusals.Enqueue(fault);
        using var link = Link(peer);
        var answer = await link.Send(Metadata, new MetadataRequest());
        Assert.Equal(told, answer.Error?.Failure);
        Assert.True(answer.Error!.NeverSent);
    }

    [Fact]
    public async Task A_link_connects_again_after_it_was_refused_or_its_connection_broke_and_not_before_the_backoff_is_over()
    {
        var peer = Answering();
        peer.Refusals.Enqueue(ConnectFault.Refused);
        using var link = Link(peer);
        Assert.Equal(LinkFailure.Refused, (await link.Send(Metadata, new MetadataRequest())).Error?.Failure);
        var second = link.Send(Metadata, new MetadataRequest()).AsTask();
        await Until(() => _time.TimersSet == 2);
        Assert.Equal(0, peer.Connections);
        _time.Advance(60);
        using (var answer = await second) Assert.True(answer.HasMessage);
        peer.Last.End(isReset: false);
        await Until(() => !link.IsOpen);
        // it had answered, so there is nothing to wait for
        using (var answer = await link.Send(Metadata, new MetadataRequest())) Assert.True(answer.HasMessage);
        Assert.Equal(2, peer.Connections);
    }

    [Fact]
    public async Task A_peer_that_lets_in_and_answers_nothing_is_not_asked_at_full_speed()
    {
        var peer = ScriptedPeer.Serving((_, _) => null);
        using var link = Link(peer);
        var first = link.Send(Metadata, new MetadataRequest()).AsTask();
        await Until(() => link.IsOpen);
        peer.Last.End(isReset: true);
        Assert.Equal(LinkFailure.Reset, (await first).Error?.Failure);
        var second = link.Send(Metadata, new MetadataRequest(), timeoutMs: 10).AsTask();
        await Until(() => _time.TimersSet == 2);
        _time.Advance(10);
        Assert.Equal(LinkFailure.TimedOut, (await second).Error?.Failure);
        Assert.Equal(1, peer.Connections);
    }

    [Fact]
    public async Task The_end_of_an_idle_connection_is_told_at_once()
    {
        var peer = Answering();
        using var link = Link(peer);
        var ended = new TaskCompletionSource<LinkError>();
        link.Ended += ended.SetResult;
        (await link.Send(Metadata, new MetadataRequest())).Dispose();
        peer.Last.End(isReset: false);
        Assert.Equal(LinkFailure.EndOfStream, (await ended.Task).Failure);
    }

    [Fact]
    public async Task Many_who_need_a_connection_share_one()
    {
        var peer = Answering();
        using var link = Link(peer);
        var all = Enumerable.Range(0, 20).Select(_ => link.Send(Metadata, new MetadataRequest()).AsTask()).ToList();
        foreach (var answer in await Task.WhenAll(all)) Assert.True(answer.HasMessage);
        Assert.Equal(1, peer.Connections);
    }

    [Fact]
    public async Task A_peer_that_neither_accepts_nor_refuses_is_waited_for_no_longer_than_the_request_may_take()
    {
        var peer = Answering();
        peer.IsSilent = true;
        using var link = Link(peer);
        var waiting = link.Send(Metadata, new MetadataRequest(), timeoutMs: 200).AsTask();
        await Until(() => _time.TimersSet == 2);
        _time.Advance(200);
        Assert.Equal(LinkFailure.TimedOut, (await waiting).Error?.Failure);
    }

    [Fact]
    public async Task What_waits_on_a_link_that_is_disposed_is_told_and_what_comes_behind_too()
    {
        var peer = ScriptedPeer.Serving((_, _) => null);
        var link = Link(peer);
        link.Ended += why => Assert.Fail($"{why}");
        var waiting = link.Send(Metadata, new MetadataRequest()).AsTask();
        await Until(() => link.IsOpen);
        link.Dispose();
        Assert.Equal(LinkFailure.ClosedHere, (await waiting).Error?.Failure);
        Assert.Equal(LinkFailure.ClosedHere, (await link.Send(Metadata, new MetadataRequest())).Error?.Failure);
    }

    [Fact]
    public async Task A_request_may_depend_on_the_version()
    {
        var peer = Answering();
        using var link = Link(peer);
        short asked = -1;
        using var answer = await link.Send(Metadata, version =>
        {
            asked = version;
            return new MetadataRequest();
        });
        Assert.Equal((5, 5), (asked, answer.Version));
    }

    [Fact]
    public void Backoff_doubles_up_to_its_bound_give_or_take_a_fifth()
    {
        var random = new Random(1);
        for (var failures = 1; failures < 100; failures++)
        {
            var expected = Math.Min(1_000, 100 * Math.Pow(2, Math.Min(failures - 1, 30)));
            Assert.InRange(Backoff.After(failures, 100, 1_000, random).TotalMilliseconds, expected * 0.8, expected * 1.2);
        }
    }

    private static ScriptedPeer Answering() =>
        ScriptedPeer.Serving((header, _) => ScriptedPeer.Frame(header, new MetadataResponse { ClusterId = "cluster" }, header.ApiVersion));

    private NodeLink Link(ScriptedPeer peer) => new(new("scripted", 1), new LinkOptions { ClientId = "test" }, new(peer, _time, new Random(1)));

    /// <summary>Lets other threads go on until it holds.</summary>
    private static async Task Until(Func<bool> holds)
    {
        while (!holds()) await Task.Yield();
    }
}
