using Microsoft.CodeAnalysis;

namespace Ottla.Protocol.Generator.Tests;

public sealed class IncrementalTests
{
    private const string First = "Schemas/Wire/First.kmsg";
    private const string Second = "Schemas/Wire/Second.kmsg";

    [Fact]
    public void A_schema_that_did_not_change_is_not_emitted_again()
    {
        var generation = Start();
        generation.Replace(First, "message First\nbody 0\n    *  Id  int64");
        Assert.Equal([IncrementalStepRunReason.Modified, IncrementalStepRunReason.Cached],
            Reasons(generation, MessageGenerator.ParsedStep));
        Assert.Contains("long Id", generation.Source("Wire.First.g.cs"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_comment_changes_nothing_behind_the_parser()
    {
        var generation = Start();
        generation.Replace(First, "# a comment\nmessage First\nbody 0\n    *  Id  int32  # and one more");
        Assert.Equal([IncrementalStepRunReason.Unchanged, IncrementalStepRunReason.Cached],
            Reasons(generation, MessageGenerator.ParsedStep));
        Assert.All(generation.Result.TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(step => step.Outputs),
            output => Assert.Equal(IncrementalStepRunReason.Cached, output.Reason));
    }

    [Fact]
    public void A_changed_field_leaves_the_tables_alone()
    {
        var generation = Start();
        generation.Replace(First, "message First\nbody 0\n    *  Other  string");
        Assert.Equal([IncrementalStepRunReason.Cached], Reasons(generation, MessageGenerator.TableStep));
    }

    [Fact]
    public void A_changed_version_renews_the_tables()
    {
        var generation = Start();
        generation.Replace(First, "message First\nbody 0-1\n    *  Id  int32");
        Assert.Equal([IncrementalStepRunReason.Modified], Reasons(generation, MessageGenerator.TableStep));
    }

    private static Generation Start()
    {
        var generation = new Generation((First, "message First\nbody 0\n    *  Id  int32"),
            (Second, "message Second\nbody 0\n    *  Name  string"));
        Assert.Empty(generation.Problems());
        return generation;
    }

    private static IEnumerable<IncrementalStepRunReason> Reasons(Generation generation, string step) =>
        generation.Result.TrackedSteps[step].SelectMany(run => run.Outputs).Select(output => output.Reason);
}
