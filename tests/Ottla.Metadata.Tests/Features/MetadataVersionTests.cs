using Ottla.Metadata.Features;

namespace Ottla.Metadata.Tests.Features;

public sealed class MetadataVersionTests
{
    [Theory]
    [InlineData("4.4", 33)]
    [InlineData("4.4-IV1", 32)]
    [InlineData("3.9", 21)]
    [InlineData("3.3-IV3", 7)]
    [InlineData("4.0", 25)]
    public void A_release_names_its_last_level(string text, short level)
    {
        Assert.True(MetadataVersion.TryParse(text, allowUnstable: false, out var version));
        Assert.Equal(level, version.Level);
    }

    [Theory]
    [InlineData("4.5-IV0")]
    [InlineData("4")]
    [InlineData("1.0")]
    [InlineData("")]
    public void What_is_no_stable_release_is_refused(string text) => Assert.False(MetadataVersion.TryParse(text, allowUnstable: false, out _));

    [Theory]
    [InlineData(7, 1, 0)]
    [InlineData(8, 2, 0)]
    [InlineData(17, 3, 1)]
    [InlineData(23, 3, 2)]
    [InlineData(30, 4, 2)]
    [InlineData(33, 4, 2)]
    public void Records_are_written_in_the_versions_that_the_level_knows(short level, short registerBroker, short partition)
    {
        var version = new MetadataVersion(level);
        Assert.Equal((registerBroker, partition, partition), (version.RegisterBrokerRecordVersion, version.PartitionRecordVersion, version.PartitionChangeRecordVersion));
    }

    [Theory]
    [InlineData(21, "kraft.version=1 transaction.version=0 group.version=0 eligible.leader.replicas.version=0 share.version=0 streams.version=0")]
    [InlineData(27, "kraft.version=1 transaction.version=2 group.version=1 eligible.leader.replicas.version=1 share.version=0 streams.version=0")]
    [InlineData(33, "kraft.version=1 transaction.version=2 group.version=1 eligible.leader.replicas.version=1 share.version=2 streams.version=1")]
    public void Each_level_brings_its_features(short level, string features) =>
        Assert.Equal(features, string.Join(' ', FeatureCatalog.All.Select(feature => $"{feature.Name}={feature.DefaultAt(new MetadataVersion(level))}")));
}
