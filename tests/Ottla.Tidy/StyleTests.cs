namespace Ottla.Tidy;

/// <summary>That the finders find, and that there is nothing to find.</summary>
public sealed class StyleTests
{
    private const int LinesOfTypeMax = 900;

    [Fact]
    public void No_type_has_more_than_900_lines_over_all_its_parts()
    {
        var lengths = TypeLengths.Of(Repository.Sources.Select(path => Repository.Read(path)));
        Assert.Contains("Ottla.Tidy.StyleTests", lengths.Keys);
        Assert.Empty(lengths.Where(type => type.Value > LinesOfTypeMax).Select(type => $"{type.Key} has {type.Value} lines"));
    }

    [Fact]
    public void The_parts_of_a_type_count_together()
    {
        const string one = "namespace A;\n\npublic sealed partial class B<T>(\n    int c)\n{\n    int D;\n}\n\nrecord E(int F);\n";
        const string two = "namespace A;\ninternal partial class B<T>\n{\n}\ninternal partial class B\n{\n}\n";
        Assert.Equal([new("A.B", 3), new("A.B<T>", 8), new("A.E", 1)], TypeLengths.Of([one, two]));
    }

    [Fact]
    public void Doc_comments_are_wrapped_evenly()
    {
        var ragged =
            from path in Repository.Sources
            from line in DocComments.Ragged(Repository.Read(path))
            select $"{path}:{line} ends although the next word would fit into {DocComments.Width} columns";
        Assert.Empty(ragged);
    }

    [Theory]
    [InlineData("/// <summary>A line that\n/// is short.</summary>", 1)]
    [InlineData("/// <summary>A line that ends.\n/// Another one.</summary>", 0)]
    [InlineData("/// <remarks>\n/// A line that\n/// is short, and\n/// so is this.\n/// </remarks>", 2)]
    [InlineData("    /// <summary>A line</summary>\n    /// <param name=\"a\">Of a</param>", 0)]
    [InlineData("/// <code>\n/// a\n/// b\n/// </code>", 0)]
    [InlineData("/// see\n/// <see cref=\"A\"/> it", 1)]
    [InlineData("// no doc\n// comment", 0)]
    public void A_line_that_ends_within_a_sentence_before_its_time_is_ragged(string text, int count) =>
        Assert.Equal(count, DocComments.Ragged(text).Count());

    [Fact]
    public void A_line_is_full_when_the_next_word_would_not_fit()
    {
        var full = "/// " + new string('a', DocComments.Width - 8);
        Assert.Empty(DocComments.Ragged(full + "\n/// word."));
        Assert.Single(DocComments.Ragged(full[..^1] + "\n/// two of them."));
    }
}
