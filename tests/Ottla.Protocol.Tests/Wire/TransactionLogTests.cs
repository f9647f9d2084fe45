using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.Wire;

namespace Ottla.Protocol.Tests.Wire;

/// <summary>Version 0 of the transaction log's value, which Apache Kafka still reads: no compact lengths, no tags.</summary>
public sealed class TransactionLogTests
{
    [Fact]
    public void Version_0_has_no_fields_but_the_seven_untagged_ones()
    {
        var bytes = Convert.FromHexString("00000000000003e8" + "0005" + "0000ea60" + "01" + "00000001" + "000161" + "00000002" + "00000000"
            + "00000003"
            + "000000000000000a" + "000000000000000b");
        var type = MessageType.Named(nameof(TransactionLogValue));
        var value = (TransactionLogValue)type.Read(bytes, 0, out var remaining);
        Assert.Equal(0, remaining);
        Assert.Equal(1000, value.ProducerId);
        Assert.Equal(-1, value.PreviousProducerId);
        Assert.Equal(5, value.ProducerEpoch);
        Assert.Equal(60_000, value.TransactionTimeoutMs);
        Assert.Equal("a", Assert.Single(value.TransactionPartitions!).Topic);
        Assert.Equal([0, 3], value.TransactionPartitions![0].PartitionIds);
        Assert.Equal(11, value.TransactionStartTimestampMs);
        Assert.Equal(bytes, MessageType.Write(value, 0));
    }

    [Fact]
    public void A_next_producer_id_cannot_be_written_in_version_0() =>
        Assert.Throws<UnsupportedVersionException>(() => MessageType.Write(new TransactionLogValue { NextProducerId = 7 }, 0));
}
