using Ottla.Broker.Cluster.Suspicions;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Cluster.Suspicions;

public sealed class FindingsTests
{
    [Fact]
    public void Findings_travel_with_a_heartbeat_as_a_tag_that_others_pass_over()
    {
        FoundTarget[] found = [new(new BrokerId(3), new BrokerEpoch(1L << 40), Finding.Refused), new(new BrokerId(4), new BrokerEpoch(5), Finding.Reached)];
        var sent = new BrokerHeartbeatRequest { BrokerId = 2, UnknownTags = [new UnknownTag(Findings.Tag, Findings.Write(found))] };
        using var writer = new MessageWriter();
        sent.Write(writer, 2);
        var reader = new MessageReader(writer.WrittenMemory);
        Assert.Equal(found, Findings.Read(BrokerHeartbeatRequest.Read(ref reader, 2).UnknownTags));
    }

    [Fact]
    public void A_heartbeat_without_the_tag_is_of_one_who_watches_nobody()
    {
        Assert.Null(Findings.Read(null));
        Assert.Null(Findings.Read([new UnknownTag(1, new byte[3])]));
        Assert.Empty(Findings.Read([new UnknownTag(Findings.Tag, Findings.None)])!);
        Assert.Null(Findings.Read([new UnknownTag(Findings.Tag, new byte[] { 9, 1, 2 })]));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(13)]
    [InlineData(15)]
    public void Findings_that_make_no_sense_are_refused(int bytes) =>
        Assert.Throws<MalformedMessageException>(() => Findings.Read([new UnknownTag(Findings.Tag, new byte[bytes])]));

    [Fact]
    public void A_finding_that_there_is_not_is_refused()
    {
        var bytes = new byte[14];
        bytes[13] = 3;
        Assert.Throws<MalformedMessageException>(() => Findings.Read([new UnknownTag(Findings.Tag, bytes)]));
    }
}
