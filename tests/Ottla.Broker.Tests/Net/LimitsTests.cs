using Ottla.Broker.Net;

namespace Ottla.Broker.Tests.Net;

public sealed class LimitsTests
{
    [Fact]
    public void Connections_are_counted_in_all_and_by_host()
    {
        var counts = new ConnectionCounts(max: 3, perHostMax: 2);
        Assert.Null(counts.TryEnter("a"));
        Assert.Null(counts.TryEnter("a"));
        Assert.Contains("max.connections.per.ip", counts.TryEnter("a"));
        Assert.Null(counts.TryEnter("b"));
        Assert.Contains("(max.connections)", counts.TryEnter("c"));
        counts.Leave("a");
        Assert.Null(counts.TryEnter("c"));
        Assert.Contains("(max.connections)", counts.TryEnter("a"));
        counts.Leave("b");
        Assert.Null(counts.TryEnter("a"));
    }

    [Theory]
    [InlineData(int.MaxValue, 512, int.MaxValue)]
    [InlineData(20_000, 512, 19_360)]
    [InlineData(1_024, 256, 640)]
    [InlineData(200, 50, 100)]
    public void Connections_leave_the_log_its_files(int openFilesMax, int logFiles, int connections)
    {
        Assert.Equal(logFiles, ConnectionLimits.LogFilesFor(openFilesMax));
        Assert.Equal(connections, ConnectionLimits.ConnectionsFor(openFilesMax));
    }
}
