using System.Xml.Linq;

namespace Ottla.Tidy;

/// <summary>Rooms reference only the rooms above them, and only those named in ARCHITECTURE.md.</summary>
public sealed class LayerTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Ottla.Protocol.Generator"] = [],
        ["Ottla.Protocol"] = ["Ottla.Protocol.Generator"],
        ["Ottla.Runtime"] = ["Ottla.Protocol"],
        ["Ottla.Network"] = ["Ottla.Runtime"],
        ["Ottla.Configuration"] = ["Ottla.Runtime"],
        ["Ottla.Log"] = ["Ottla.Runtime"],
        ["Ottla.Raft"] = ["Ottla.Runtime"],
        ["Ottla.Metadata"] = ["Ottla.Raft", "Ottla.Log", "Ottla.Configuration", "Ottla.Network"],
        ["Ottla.Broker"] = ["Ottla.Metadata"],
        ["Ottla.Client"] = ["Ottla.Network"],
        ["Ottla.Cli"] = ["Ottla.Client", "Ottla.Metadata"],
        ["Ottla.Lab"] = ["Ottla.Cli"],
        ["Ottla"] = ["Ottla.Broker", "Ottla.Cli", "Ottla.Lab"],
    };

    public static TheoryData<string> Rooms => [.. Allowed.Keys];

    [Fact]
    public void Every_project_is_a_known_room()
    {
        var projects = Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src")).Select(Path.GetFileName).Order();
        Assert.Equal(Allowed.Keys.Order(), projects);
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_references_only_the_rooms_that_it_may(string room)
    {
        var project = XDocument.Load(Path.Combine(Repository.Root, "src", room, room + ".csproj"));
        var references = project.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value));
        Assert.Empty(references.Except(Allowed[room]));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_names_no_room_that_it_may_not_see(string room)
    {
        var visible = Visible(room);
        var forbidden = Allowed.Keys.Where(other => other != room && !visible.Contains(other) && !room.StartsWith(other + ".") && other != "Ottla").ToList();
        var offences =
            from path in Repository.Sources
            where path.StartsWith($"src/{room}/")
            from other in forbidden
            where Repository.Read(path).Contains($"using {other}.") || Repository.Read(path).Contains($"using {other};")
            select $"{path} uses {other}";
        Assert.Empty(offences);
    }

    [Fact]
    public void Only_the_platform_calls_the_operating_system()
    {
        var offences =
            from path in Repository.Sources
            where path.StartsWith("src/") && !path.StartsWith("src/Ottla.Runtime/Platform/") && !path.StartsWith("src/Ottla.Protocol/Codecs/")
            let text = Repository.Read(path)
            where text.Contains("[LibraryImport") || text.Contains("[DllImport")
            select path;
        Assert.Empty(offences);
    }

    private static HashSet<string> Visible(string room)
    {
        var all = new HashSet<string>();
        var next = new Stack<string>(Allowed[room]);
        while (next.TryPop(out var name))
        {
            if (!all.Add(name)) continue;
            foreach (var above in Allowed[name]) next.Push(above);
        }

        return all;
    }
}
