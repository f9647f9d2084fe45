using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Protocol.Tests.Wire;

public sealed class GoldenMessageTests
{
    [Theory, MemberData(nameof(MessageType.Names), MemberType = typeof(MessageType))]
    public void Golden_bytes_decode_to_their_values_and_encode_to_themselves(string name)
    {
        var type = MessageType.Named(name);
        foreach (var golden in GoldenMessage.ByName[name])
        {
            var message = type.Read(golden.Bytes, golden.Version, out var remaining);
            Assert.True(remaining == 0, $"{golden}: {remaining} bytes are left");
            MessageComparison.AssertEqual(golden.Values, message, golden.ToString());
            Assert.True(golden.Bytes.AsSpan().SequenceEqual(MessageType.Write(message, golden.Version)), $"{golden}: encoded bytes differ");
        }
    }

    [Theory, MemberData(nameof(MessageType.Names), MemberType = typeof(MessageType))]
    public void Every_version_has_golden_bytes_in_every_filling(string name)
    {
        var missing = MessageType.Named(name).EveryVersion()
            .Where(version => GoldenMessage.ByName[name].Count(golden => golden.Version == version) != 3);
        // No golden bytes exist for version 0 of the transaction log's value: TransactionLogTests spells them out.
        Assert.Equal(name == "TransactionLogValue" ? [0] : [], missing);
    }

    [Fact]
    public void Every_golden_message_has_a_type()
    {
        string[] byHand = ["RequestHeader", "ResponseHeader"];
        Assert.Empty(GoldenMessage.ByName.Keys.Except(MessageType.All.Select(type => type.Name)).Except(byHand));
    }

    [Fact]
    public void Golden_request_headers_decode_to_their_values_and_encode_to_themselves()
    {
        foreach (var golden in GoldenMessage.ByName["RequestHeader"])
        {
            var reader = new MessageReader(golden.Bytes);
            var header = RequestHeader.Read(ref reader, golden.Version);
            Assert.Equal(0, reader.Remaining);
            Assert.Equal(golden.Values.Fields!["RequestApiKey"].Text, $"{(short)header.ApiKey}");
            Assert.Equal(golden.Values.Fields["RequestApiVersion"].Text, $"{header.ApiVersion}");
            Assert.Equal(golden.Values.Fields["CorrelationId"].Text, $"{header.CorrelationId}");
            Assert.Equal(golden.Values.Fields["ClientId"].Text, header.ClientId ?? "null");
            using var writer = new MessageWriter();
            header.Write(writer, golden.Version);
            Assert.Equal(golden.Bytes, writer.WrittenSpan.ToArray());
        }
    }

    [Fact]
    public void Golden_response_headers_decode_to_their_values_and_encode_to_themselves()
    {
        foreach (var golden in GoldenMessage.ByName["ResponseHeader"])
        {
            var reader = new MessageReader(golden.Bytes);
            var header = ResponseHeader.Read(ref reader, golden.Version >= 1);
            Assert.Equal(0, reader.Remaining);
            Assert.Equal(golden.Values.Fields!["CorrelationId"].Text, $"{header.CorrelationId}");
            using var writer = new MessageWriter();
            header.Write(writer, golden.Version >= 1);
            Assert.Equal(golden.Bytes, writer.WrittenSpan.ToArray());
        }
    }

    [Fact]
    public void The_headers_of_api_versions_responses_are_never_flexible()
    {
        Assert.Equal(0, HeaderVersions.OfResponse(ApiKey.ApiVersions, 3));
        Assert.Equal(2, HeaderVersions.OfRequest(ApiKey.ApiVersions, 3));
        Assert.Equal(1, HeaderVersions.OfResponse(ApiKey.Fetch, 12));
        Assert.Equal(0, HeaderVersions.OfResponse(ApiKey.Fetch, 11));
        Assert.Equal(1, HeaderVersions.OfRequest(ApiKey.SaslHandshake, 1));
        Assert.Equal(1, HeaderVersions.OfRequest((ApiKey)12_345, 0));
    }
}
