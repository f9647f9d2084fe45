using System.Text.RegularExpressions;

namespace Ottla.Tidy;

/// <summary>What every source file keeps to.</summary>
public sealed partial class SourceTests
{
    private const int LinesMax = 900;
    private const int ColumnsMax = 180;

    [Fact]
    public void No_file_has_more_than_900_lines()
    {
        Assert.DoesNotContain(Repository.Sources, path => Repository.Read(path).AsSpan().Count('\n') > LinesMax);
    }

    [Fact]
    public void No_line_is_longer_than_the_limit()
    {
        var offences =
            from path in Repository.Sources
            from line in Repository.Read(path).Split('\n').Index()
            where line.Item.Length > ColumnsMax
            select $"{path}:{line.Index + 1} has {line.Item.Length} columns";
        Assert.Empty(offences);
    }

    /// <summary>A type that an older framework lacks stands in the framework's own namespace.</summary>
    [Fact]
    public void A_namespace_is_its_project_and_folder()
    {
        var offences =
            from path in Repository.Sources
            let found = NamespaceLine().Match(Repository.Read(path))
            where found.Success
            let folder = Path.GetDirectoryName(path)!.Replace('\\', '/').Split('/', 2)[1].Replace('/', '.')
            where found.Groups[1].Value != folder && !found.Groups[1].Value.StartsWith("System.")
            select $"{path}: {found.Groups[1].Value} instead of {folder}";
        Assert.Empty(offences);
    }

    [Fact]
    public void Nothing_is_left_for_later_in_the_code()
    {
        var words = new[] { "TO" + "DO", "FIX" + "ME", "NotImplemented" + "Exception" };
        Assert.DoesNotContain(Repository.Sources, path => words.Any(Repository.Read(path).Contains));
    }

    [Fact]
    public void No_folder_has_a_name_that_says_nothing()
    {
        var empty = new[] { "Helpers", "Utils", "Common", "Managers", "Models", "Misc" };
        Assert.DoesNotContain(Repository.Sources, path => path.Split('/').Any(empty.Contains));
    }

    [Fact]
    public void The_map_names_every_room_and_every_folder_of_a_room()
    {
        var map = Repository.Read("ARCHITECTURE.md");
        var folders =
            from path in Repository.Sources
            where path.StartsWith("src/")
            let parts = path.Split('/')
            from name in parts.Length > 3 ? new[] { parts[1], parts[2] + "/" } : [parts[1]]
            select name;
        Assert.DoesNotContain(folders.Distinct(), name => !map.Contains(name));
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
