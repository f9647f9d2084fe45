using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Protocol.Tests.Wire;

public sealed class ApiMessagesTests
{
    [Fact]
    public void Every_api_key_but_the_four_that_KRaft_retired_has_messages()
    {
        ApiKey[] retired = [ApiKey.LeaderAndIsr, ApiKey.StopReplica, ApiKey.UpdateMetadata, ApiKey.ControlledShutdown];
        Assert.Equal(Enum.GetValues<ApiKey>().Except(retired), ApiMessages.All.Select(api => api.Key));
        foreach (var key in retired) Assert.Null(ApiMessages.Find(key));
        Assert.Null(ApiMessages.Find((ApiKey)(-1)));
        Assert.Null(ApiMessages.Find((ApiKey)999));
    }

    [Fact]
    public void Requests_and_responses_have_the_same_versions()
    {
        foreach (var api in ApiMessages.All)
        {
            Assert.Equal(api.RequestVersions, api.ResponseVersions);
            Assert.Equal(MessageType.Named($"{api.Name}Request").FlexibleVersions, api.FlexibleVersions);
            Assert.Equal(MessageType.Named($"{api.Name}Response").FlexibleVersions, api.FlexibleVersions);
        }
    }

    [Fact]
    public void An_unstable_last_version_is_not_among_the_stable_ones()
    {
        var unstable = Assert.Single(ApiMessages.All, api => api.LatestVersionUnstable);
        Assert.Equal(ApiKey.InitProducerId, unstable.Key);
        Assert.Equal(new VersionRange(0, 5), unstable.StableVersions);
        Assert.Equal(new VersionRange(4, 18), ApiMessages.Find(ApiKey.Fetch)!.StableVersions);
    }

    [Fact]
    public void Where_an_api_is_served_is_known()
    {
        Assert.True(ApiMessages.Find(ApiKey.Produce) is { ServedByBroker: true, ServedByController: false });
        Assert.True(ApiMessages.Find(ApiKey.Vote) is { ServedByBroker: false, ServedByController: true });
        Assert.True(ApiMessages.Find(ApiKey.Fetch) is { ServedByBroker: true, ServedByController: true });
    }

    [Fact]
    public void Any_request_and_response_is_read_by_its_key()
    {
        foreach (var api in ApiMessages.All)
        {
            foreach (var golden in GoldenMessage.ByName[$"{api.Name}Request"])
            {
                var reader = new MessageReader(golden.Bytes);
                Assert.Equal($"{api.Name}Request", ApiMessages.ReadRequest(api.Key, ref reader, golden.Version).GetType().Name);
            }
            foreach (var golden in GoldenMessage.ByName[$"{api.Name}Response"])
            {
                var reader = new MessageReader(golden.Bytes);
                Assert.Equal($"{api.Name}Response", ApiMessages.ReadResponse(api.Key, ref reader, golden.Version).GetType().Name);
            }
        }
        Assert.Throws<UnsupportedVersionException>(() =>
        {
            var reader = new MessageReader(new byte[10]);
            ApiMessages.ReadRequest(ApiKey.LeaderAndIsr, ref reader, 0);
        });
    }

    [Fact]
    public void A_metadata_record_is_read_by_the_key_in_its_frame()
    {
        using var writer = new MessageWriter();
        StoredRecords.WriteMetadata(writer, new TopicRecord { Name = "t", TopicId = new Uuid(1, 2) }, 0);
        Assert.Equal("010200" + "0274" + "00000000000000010000000000000002" + "00", Convert.ToHexStringLower(writer.WrittenSpan));
        Assert.Equal("t", Assert.IsType<TopicRecord>(MetadataRecordReader.Read(writer.WrittenMemory)).Name);
    }

    [Theory]
    [InlineData("0000", "frame has version 0")]
    [InlineData("01ff0100", "no metadata record 255")]
    [InlineData("0102808004", "claims version 65536")]
    public void A_metadata_record_that_is_not_known_is_refused(string hex, string because)
    {
        var refused = Assert.Throws<MalformedMessageException>(() => MetadataRecordReader.Read(Convert.FromHexString(hex)));
        Assert.Contains(because, refused.Message, StringComparison.Ordinal);
    }
}
