using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Broker.Cluster;
using Ottla.Broker.Cluster.Controllers;
using Ottla.Broker.Cluster.Forwarding;
using Ottla.Broker.Handlers;
using Ottla.Broker.Net;
using Ottla.Broker.Tests.Cluster.Controllers;
using Ottla.Metadata.Image;
using Ottla.Network;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Cluster.Forwarding;

public sealed class RemoteControllerTests
{
    private readonly ActiveController _active = new();

    [Fact]
    public async Task An_answer_waits_until_this_broker_has_acted_on_what_was_committed()
    {
        var reached = new TaskCompletionSource();
        var awaited = new TaskCompletionSource<Offset>();
        using var channel = Controllers().Channel(_active, TimeProvider.System);
        var remote = new RemoteController(new Forwarder(channel), channel, end =>
        {
            awaited.SetResult(end);
            return reached.Task;
        }, TimeProvider.System);
        _active.Set(ScriptedControllers.Seat(2));
        var asked = Create(remote);
        Assert.Equal(77, (await awaited.Task).Value);
        Assert.False(asked.IsCompleted);
        reached.SetResult();
        var (response, refusal) = await asked;
        Assert.Equal(("t", ErrorCode.None), (response.Topics[0].Name, refusal));
    }

    [Fact]
    public async Task What_no_controller_dealt_with_is_told_of_everything_that_was_asked()
    {
        using var channel = Controllers(ErrorCode.ClusterAuthorizationFailed).Channel(_active, TimeProvider.System);
        var remote = new RemoteController(new Forwarder(channel), channel, _ => Task.CompletedTask, TimeProvider.System);
        _active.Set(ScriptedControllers.Seat(2));
        var (response, refusal) = await Create(remote);
        Assert.Equal((ErrorCode.ClusterAuthorizationFailed, ErrorCode.ClusterAuthorizationFailed), (Assert.Single(response.Topics).ErrorCode, refusal));
    }

    [Fact]
    public async Task A_brokers_own_requests_go_as_they_are()
    {
        var seen = new List<ApiKey>();
        var controllers = new ScriptedControllers((_, header, _) =>
        {
            seen.Add(header.ApiKey);
            return new AllocateProducerIdsResponse { ProducerIdStart = 1_000 };
        });
        using var channel = controllers.Channel(_active, TimeProvider.System);
        var remote = new RemoteController(new Forwarder(channel), channel, _ => Task.CompletedTask, TimeProvider.System);
        _active.Set(ScriptedControllers.Seat(2));
        var (block, _) = await remote.Ask<AllocateProducerIdsRequest, AllocateProducerIdsResponse, AllocateProducerIds>(
            new AllocateProducerIdsRequest(), 0, ForwardedClient.OfThisNode, CancellationToken.None);
        Assert.Equal(1_000, block.ProducerIdStart);
        Assert.Equal([ApiKey.AllocateProducerIds], seen);
    }

    [Fact]
    public async Task A_combined_node_asks_its_own_controller_by_the_endpoints_that_others_come_to()
    {
        var local = new LocalController("CONTROLLER", CancellationToken.None);
        using var channel = new ControllerChannel("a test", new BrokerId(1), _active, local, [],
            new NetworkPlatform(new ScriptedControllers((_, _, _) => null), TimeProvider.System, new Random(1)), NullLogger.Instance);
        var envelope = new Envelope(() => new Offset(5));
        var endpoints = new Endpoints(
        [
            Endpoint.Of<EnvelopeRequest, EnvelopeResponse, Envelope>(ApiKey.Envelope, envelope),
            Endpoint.Of<CreateTopicsRequest, CreateTopicsResponse, Creating>(ApiKey.CreateTopics, new Creating()),
        ]);
        envelope.Describe(endpoints);
        _active.Set(new ControllerSeat(new BrokerId(1), new LeaderEpoch(1), default, IsSelf: true));
        var remote = new RemoteController(new Forwarder(channel), channel, _ => Task.CompletedTask, TimeProvider.System);
        var asked = Create(remote);
        Assert.False(asked.IsCompleted);
        local.Serve(endpoints);
        Assert.Equal("User:anna", Assert.Single((await asked).Response.Topics).ErrorMessage);
        Assert.Equal(new VersionRange(2, 7), channel.VersionsOf(ApiKey.CreateTopics));
    }

    [Fact]
    public async Task Whoever_waits_for_an_offset_goes_on_when_the_image_has_it()
    {
        var metadata = new PublishedMetadata("cluster", new BrokerId(1));
        var early = metadata.Reached(new Offset(5));
        var late = metadata.Reached(new Offset(6));
        metadata.Publish(At(4));
        Assert.False(early.IsCompleted);
        metadata.Publish(At(5));
        await early;
        Assert.False(late.IsCompleted);
        metadata.Publish(At(9));
        await late;
        Assert.True(metadata.Reached(new Offset(9)).IsCompleted);
    }

    private static MetadataImage At(long end) => MetadataImage.Empty with { Provenance = new OffsetAndEpoch(new Offset(end), new LeaderEpoch(1)) };

    private static Task<(CreateTopicsResponse Response, ErrorCode Refusal)> Create(RemoteController remote) =>
        remote.Ask<CreateTopicsRequest, CreateTopicsResponse, CreateTopics>(new CreateTopicsRequest { Topics = [new() { Name = "t" }] }, 7,
            new ForwardedClient(new Principal("User", "anna"), "10.0.0.1", "c"), CancellationToken.None);

    private static ScriptedControllers Controllers(ErrorCode error = ErrorCode.None) => new((_, _, _) =>
    {
        using var writer = new MessageWriter();
        ResponseHeader.Write(writer, 0, flexible: true);
        new CreateTopicsResponse { Topics = [new() { Name = "t", Configs = [] }] }.Write(writer, 7);
        return error == ErrorCode.None
            ? new EnvelopeResponse { ResponseData = writer.WrittenSpan.ToArray(), UnknownTags = EnvelopeOffset.Write(new Offset(77)) }
            : new EnvelopeResponse { ErrorCode = error };
    });

    private sealed class Creating : IHandler<CreateTopicsRequest, CreateTopicsResponse>
    {
        public static VersionRange Versions => new(2, 7);

        public ValueTask<CreateTopicsResponse?> Handle(CreateTopicsRequest request, RequestContext context) =>
            new(new CreateTopicsResponse { Topics = [.. request.Topics.Select(t => new CreateTopicsResponse.CreatableTopicResult
                { Name = t.Name, ErrorMessage = context.Principal.ToString(), Configs = [] })] });
    }
}
