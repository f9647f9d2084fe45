using Ottla.Configuration.Changes;
using Ottla.Configuration.Effective;
using Ottla.Configuration.Settings;
using Ottla.Configuration.Sources;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Codecs;
using Ottla.Protocol.Primitives;

namespace Ottla.Configuration.Tests.Settings;

public sealed class CodecCheckTests
{
    private const string Missing = "zstd needs a library";

    private static readonly EffectiveConfig Config = new(StaticConfig.Of(("log.dirs", "/a")));

    [Theory]
    [InlineData("zstd", Missing, Missing)]
    [InlineData("zstd", null, null)]
    [InlineData("lz4", Missing, null)]
    [InlineData("producer", Missing, null)]
    [InlineData(null, Missing, null)]
    public void A_codec_is_missing_where_its_library_is(string? compression, string? zstdMissing, string? why) =>
        Assert.Equal(why, CodecCheck.WhyMissing(compression, zstdMissing));

    [Fact]
    public void A_topic_and_a_broker_ask_for_no_codec_that_this_machine_has_not()
    {
        var isHere = Codec.For(CompressionType.Zstd)!.UnavailableBecause is null;
        var ofTopic = TopicChanges.Apply(Config, EffectiveConfig.None, [new("compression.type", ConfigOperation.Set, "zstd")]);
        Assert.Equal(isHere ? ErrorCode.None : ErrorCode.InvalidConfig, ofTopic.Error);
        var ofBroker = BrokerChanges.Apply(Config, true, EffectiveConfig.None, [new("compression.type", ConfigOperation.Set, "zstd")], false);
        Assert.Equal(isHere ? ErrorCode.None : ErrorCode.InvalidRequest, ofBroker.Error);
    }
}
