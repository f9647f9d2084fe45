namespace Ottla.Raft.Tests.Stories;

/// <summary>Each file of this folder is a story of a quorum: it must go as it is told there.</summary>
/// <remarks>With OTTLA_RETELL=1 the files are written anew with what came of them, to be read before they are kept.</remarks>
public sealed class StoryTests
{
    public static TheoryData<string> All => [.. Directory.GetFiles(Folder, "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(Root(), "tests", "Ottla.Raft.Tests", "Stories");

    [Theory, MemberData(nameof(All))]
    public void A_story_goes_as_it_is_told(string name)
    {
        var path = Path.Combine(Folder, name + ".txt");
        var told = File.ReadAllText(path);
        var retold = Story.Play(told);
        if (Environment.GetEnvironmentVariable("OTTLA_RETELL") == "1") File.WriteAllText(path, retold);
        else Assert.Equal(told, retold);
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Ottla.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
