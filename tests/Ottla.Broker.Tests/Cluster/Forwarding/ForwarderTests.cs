using Ottla.Broker.Cluster.Controllers;
using Ottla.Broker.Cluster.Forwarding;
using Ottla.Broker.Handlers;
using Ottla.Broker.Net;
using Ottla.Broker.Tests.Cluster.Controllers;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Cluster.Forwarding;

/// <summary>A broker's forwarder and a controller's Envelope, one against the other.</summary>
public sealed class ForwarderTests
{
    private readonly ActiveController _active = new();
    private readonly List<RequestContext> _seen = [];
    private ErrorCode _refusal;

    [Fact]
    public async Task A_request_comes_to_the_controller_as_if_the_client_had_asked_it_itself()
    {
        var client = new ForwardedClient(new Principal("User", "anna"), "192.168.1.7", "my-tool");
        var answer = await Forward(client, version: 5);
        Assert.Equal("t", Assert.Single(answer.Reply.Response!.Topics).Name);
        Assert.Equal(77, answer.CommittedEnd?.Value);
        var seen = Assert.Single(_seen);
        Assert.Equal((client.Principal, "192.168.1.7", "my-tool", 5), (seen.Principal, seen.ClientHost, seen.ClientId, seen.ApiVersion));
    }

    [Theory]
    [InlineData("::1")]
    [InlineData("10.0.0.1")]
    public async Task Addresses_of_either_kind_arrive(string host)
    {
        await Forward(new ForwardedClient(Principal.Anonymous, host, null), version: 7);
        Assert.Equal(host, Assert.Single(_seen).ClientHost);
    }

    [Fact]
    public async Task A_node_that_leads_no_more_says_so_outside_of_the_envelope_and_another_is_asked()
    {
        _refusal = ErrorCode.NotController;
        var answer = await Forward(new ForwardedClient(Principal.Anonymous, "10.0.0.1", null), version: 7, whenAsked: () =>
        {
            _refusal = ErrorCode.None;
            _active.Set(ScriptedControllers.Seat(3, epoch: 2));
        });
        Assert.NotNull(answer.Reply.Response);
        Assert.Equal(2, _seen.Count);
    }

    [Fact]
    public async Task What_is_no_clients_request_is_not_let_in()
    {
        var response = await Run(new EnvelopeRequest
            { RequestData = Inside(ApiKey.Vote, 0), RequestPrincipal = PrincipalBytes.Write(Principal.Anonymous), ClientHostAddress = new byte[4] });
        Assert.Equal(ErrorCode.InvalidRequest, response.ErrorCode);
    }

    [Fact]
    public async Task A_version_that_the_controller_does_not_serve_is_told()
    {
        var response = await Run(new EnvelopeRequest
            { RequestData = Inside(ApiKey.CreateTopics, 99), RequestPrincipal = PrincipalBytes.Write(Principal.Anonymous), ClientHostAddress = new byte[4] });
        Assert.Equal(ErrorCode.UnsupportedVersion, response.ErrorCode);
    }

    [Theory]
    [InlineData(3, 6, ErrorCode.InvalidRequest)]
    [InlineData(4, 1, ErrorCode.PrincipalDeserializationFailure)]
    [InlineData(4, 0, ErrorCode.PrincipalDeserializationFailure)]
    public async Task An_envelope_that_makes_no_sense_is_refused(int addressBytes, int principalBytes, ErrorCode error)
    {
        var response = await Run(new EnvelopeRequest
            { RequestData = Inside(ApiKey.CreateTopics, 7), RequestPrincipal = new byte[principalBytes], ClientHostAddress = new byte[addressBytes] });
        Assert.Equal(error, response.ErrorCode);
    }

    [Fact]
    public async Task A_request_that_is_cut_is_refused()
    {
        var whole = Inside(ApiKey.CreateTopics, 7);
        var response = await Run(new EnvelopeRequest
            { RequestData = whole.AsMemory(..^1), RequestPrincipal = PrincipalBytes.Write(Principal.Anonymous), ClientHostAddress = new byte[4] });
        Assert.Equal(ErrorCode.InvalidRequest, response.ErrorCode);
    }

    [Fact]
    public void A_forwarded_API_is_promised_as_far_as_broker_and_controller_serve_it()
    {
        Assert.Equal(new VersionRange(2, 7), ForwardedApis.Common(new(2, 7), null));
        Assert.Equal(new VersionRange(3, 5), ForwardedApis.Common(new(2, 7), new(3, 5)));
        Assert.Null(ForwardedApis.Common(new(2, 7), new(8, 9)));
    }

    private static byte[] Inside(ApiKey key, short version)
    {
        using var writer = new MessageWriter();
        new RequestHeader(key, version, 0, "c").Write(writer);
        new CreateTopicsRequest { Topics = [new() { Name = "t" }] }.Write(writer, 7);
        return writer.WrittenSpan.ToArray();
    }

    private async Task<ForwardedAnswer<CreateTopicsResponse>> Forward(ForwardedClient client, short version, Action? whenAsked = null)
    {
        var controllers = new ScriptedControllers((_, _, body) =>
        {
            var reader = new MessageReader(body);
            // the scripted peers answer at once, and so does the handler
            var answer = Run(EnvelopeRequest.Read(ref reader, 0)).GetAwaiter().GetResult();
            whenAsked?.Invoke();
            return answer;
        });
        using var channel = controllers.Channel(_active, TimeProvider.System);
        _active.Set(ScriptedControllers.Seat(2));
        return await new Forwarder(channel).Forward<CreateTopicsRequest, CreateTopicsResponse>(
            new CreateTopicsRequest { Topics = [new() { Name = "t" }] }, version, client, CancellationToken.None);
    }

    private async Task<EnvelopeResponse> Run(EnvelopeRequest request)
    {
        var envelope = new Envelope(() => new Offset(77));
        envelope.Describe(new Endpoints([Endpoint.Of<CreateTopicsRequest, CreateTopicsResponse, Creating>(ApiKey.CreateTopics, new Creating(this))]));
        using var context = new RequestContext { ListenerName = "CONTROLLER", ClientHost = "127.0.0.1", Stopping = CancellationToken.None };
        return (await envelope.Handle(request, context))!;
    }

    private sealed class Creating(ForwarderTests test) : IHandler<CreateTopicsRequest, CreateTopicsResponse>
    {
        public static VersionRange Versions => new(2, 7);

        public ValueTask<CreateTopicsResponse?> Handle(CreateTopicsRequest request, RequestContext context)
        {
            test._seen.Add(context);
            context.Refusal = test._refusal;
            return new(new CreateTopicsResponse { Topics = [.. request.Topics.Select(t => new CreateTopicsResponse.CreatableTopicResult { Name = t.Name, Configs = [] })] });
        }
    }
}
