namespace Ottla.Broker.Tests.Replication;

public sealed class ReplicationRunTests
{
    private const int Steps = 400;

    [Fact]
    public void Nothing_that_was_acknowledged_is_lost_and_logs_agree_whatever_happens()
    {
        var acknowledged = 0;
        for (var seed = 0; seed < 60; seed++) acknowledged += Run(seed);
        // a run in which nothing is ever acknowledged would prove nothing
        Assert.True(acknowledged > 1_000, $"{acknowledged} acknowledged");
    }

    [Theory]
    [InlineData("unclean")]
    [InlineData("never cuts")]
    public void A_planted_fault_is_found(string planted)
    {
        var found = 0;
        for (var seed = 0; seed < 40; seed++) found += Record.Exception(() => Run(seed, planted)) is null ? 0 : 1;
        Assert.True(found > 0, "no run went wrong");
    }

    private static int Run(int seed, string planted = "")
    {
        var run = new ReplicationRun(seed, planted);
        try
        {
            for (var step = 0; step < Steps; step++) run.Step();
            run.Settle();
        }
        catch (Exception broken) when (planted.Length == 0)
        {
            throw new InvalidOperationException($"seed {seed}: {broken.Message}", broken);
        }

        return run.Acknowledged;
    }
}
