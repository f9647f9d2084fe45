using System.Diagnostics;
using System.Globalization;

namespace Ottla.Fuzz;

/// <summary>Feeds a target with damaged inputs, for a bounded number of runs.</summary>
/// <remarks>
/// A run of the tests takes fixed seeds, so that it says the same everywhere. Set OTTLA_FUZZ_SECONDS to search longer, with a new seed:
/// each target then runs for that long. A finding is reported with its input in hex; it becomes a named test beside the code that was
/// wrong.
/// </remarks>
public static class Fuzzer
{
    /// <summary>What a run may allocate whatever its input: messages, lists, exceptions with their stack traces.</summary>
    public const int AllocatedFreely = 128 << 10;

    /// <summary>How long a target is to be searched; nothing in a run of the tests.</summary>
    public static readonly TimeSpan Longer = TimeSpan.FromSeconds(
        double.Parse(Environment.GetEnvironmentVariable("OTTLA_FUZZ_SECONDS") ?? "0", CultureInfo.InvariantCulture));

    public static void Run(FuzzTarget target, IReadOnlyList<byte[]> corpus, int runs)
    {
        Assert.NotEmpty(corpus);
        foreach (var input in corpus) RunOne(target, input);
        var seed = Longer > TimeSpan.Zero ? Environment.TickCount : 1;
        var mutator = new Mutator(new Random(seed), corpus);
        var clock = Stopwatch.StartNew();
        for (var run = 0; run < runs || clock.Elapsed < Longer; run++) RunOne(target, mutator.Next());
    }

    private static void RunOne(FuzzTarget target, byte[] input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Run(input);
        }
        catch (Exception thrown) when (!target.Allowed.Contains(thrown.GetType()))
        {
            var what = $"{thrown.GetType().Name} ({thrown.Message})";
            Assert.Fail($"{target.Name} threw {what} for {Convert.ToHexStringLower(input)}\n{thrown.StackTrace}");
        }
        catch (Exception thrown) when (target.Allowed.Contains(thrown.GetType()))
        {
            Assert.NotEmpty(thrown.Message);
        }
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= AllocatedFreely + (long)target.AllocatedPerByteMax * input.Length,
            $"{target.Name} allocated {allocated} bytes for {input.Length}: {Convert.ToHexStringLower(input)}");
    }
}
