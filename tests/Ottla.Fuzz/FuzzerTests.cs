using Ottla.Protocol.Wire;
using Xunit.Sdk;

namespace Ottla.Fuzz;

/// <summary>The fuzzer finds what it is there to find.</summary>
public sealed class FuzzerTests
{
    private const int Runs = 2_000;

    private static readonly byte[][] Corpus = [[0, 3, 97, 98, 99], [0, 0]];

    [Fact]
    public void An_exception_that_is_not_allowed_is_reported_with_its_input()
    {
        var target = new FuzzTarget("unchecked", bytes => _ = bytes.Span[1 + bytes.Span[1]], [typeof(MalformedMessageException)], 0);
        var report = Assert.ThrowsAny<XunitException>(() => Fuzzer.Run(target, Corpus, Runs));
        Assert.Contains("unchecked threw IndexOutOfRangeException", report.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_allocation_that_the_input_does_not_warrant_is_reported()
    {
        var target = new FuzzTarget("greedy", bytes => _ = new byte[bytes.Length > 5 ? 1 << 20 : 0], [], 1);
        Assert.Contains("greedy allocated", Assert.ThrowsAny<XunitException>(() => Fuzzer.Run(target, Corpus, Runs)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_makes_the_same_inputs_again()
    {
        var (first, second) = (new Mutator(new Random(7), Corpus), new Mutator(new Random(7), Corpus));
        for (var i = 0; i < Runs; i++) Assert.Equal(first.Next(), second.Next());
    }
}
