using Ottla.Broker.Replication;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Replication;

public sealed class OffsetWaitsTests
{
    private readonly OffsetWaits _waits = new();

    [Fact]
    public async Task Who_waits_is_let_go_when_the_watermark_is_there_and_in_the_order_of_the_records()
    {
        var (first, second, third) = (Add(1), Add(3), Add(4));
        _waits.Pass(new Offset(0), ErrorCode.None);
        Assert.False(first.IsCompleted);
        _waits.Pass(new Offset(3), ErrorCode.None);
        Assert.Equal(ErrorCode.None, await first.WaitAsync(Patience.Long));
        Assert.Equal(ErrorCode.None, await second.WaitAsync(Patience.Long));
        Assert.False(third.IsCompleted);
        _waits.Pass(new Offset(9), ErrorCode.NotEnoughReplicasAfterAppend);
        Assert.Equal(ErrorCode.NotEnoughReplicasAfterAppend, await third.WaitAsync(Patience.Long));
        Assert.True(_waits.IsEmpty);
    }

    [Fact]
    public async Task The_end_of_a_leader_ends_all_waits()
    {
        var (first, second) = (Add(1), Add(2));
        _waits.End(ErrorCode.NotLeaderOrFollower);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, await first.WaitAsync(Patience.Long));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, await second.WaitAsync(Patience.Long));
        Assert.True(_waits.IsEmpty);
    }

    [Fact]
    public async Task More_than_can_wait_are_told_at_once_that_their_time_is_over()
    {
        for (var i = 0; i < OffsetWaits.WaitingMax; i++) Assert.False(Add(1).IsCompleted);
        Assert.Equal(ErrorCode.RequestTimedOut, await Add(1));
        _waits.Pass(new Offset(1), ErrorCode.None);
        Assert.False(Add(2).IsCompleted);
    }

    private Task<ErrorCode> Add(long upTo) => _waits.Add(new Offset(upTo));
}
