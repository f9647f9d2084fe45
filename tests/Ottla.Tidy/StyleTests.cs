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
}
