using System.Text;
using Ottla.Cli;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;

namespace Ottla.Lab.Tests;

/// <summary>The way in from another terminal, and what a lab leaves behind.</summary>
public sealed class LabVerbTests
{
    private readonly MemoryFileSystem _files = new();

    [Fact]
    public async Task Another_terminal_finds_the_lab_by_its_file_and_gets_an_answer()
    {
        using var transport = new OsTransport();
        using var lab = new LabCluster(LabPlan.Of("/lab", [(9092, 9093)]), new ScriptedProcesses(), TimeProvider.System, new NoProbe());
        using var door = new LabDoor(transport, lab, TimeProvider.System);
        _files.CreateDirectory("/tmp");
        _files.Replace("/tmp/ottla-lab-me", Encoding.UTF8.GetBytes($"{door.Port}"));
        Assert.Equal((0, "Node 1 starts as process 100.\n", ""), await Run("start", "1"));
        Assert.Equal((0, "Node 1 is killed.\n", ""), await Run("kill", "1"));
        var (status, _, error) = await Run("3");
        Assert.Equal((1, "A lab of yours runs already: ottla lab status says of what, ottla lab quit stops it.\n"), (status, error));
    }

    [Fact]
    public async Task Without_a_lab_a_command_says_how_to_start_one()
    {
        Assert.Equal((1, "", "No lab of yours runs on this machine. ottla lab starts one.\n"), await Run("kill", "2"));
        _files.CreateDirectory("/tmp");
        _files.Replace("/tmp/ottla-lab-me", "1"u8);
        Assert.Equal((1, "", "No lab of yours runs on this machine. ottla lab starts one.\n"), await Run("kill", "2"));
    }

    [Fact]
    public async Task A_caller_who_says_too_much_is_let_go_and_the_next_one_is_served()
    {
        using var transport = new OsTransport();
        using var lab = new LabCluster(LabPlan.Of("/lab", [(9092, 9093)]), new ScriptedProcesses(), TimeProvider.System, new NoProbe());
        using var door = new LabDoor(transport, lab, TimeProvider.System);
        Assert.Null(await LabDoor.Ask(transport, door.Port, new string('x', 10 * LabDoor.LineBytesMax), CancellationToken.None));
        Assert.Equal("status stands alone.\n", await LabDoor.Ask(transport, door.Port, "status 1", CancellationToken.None));
    }

    private async Task<(int Status, string Out, string Error)> Run(params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        using var transport = new OsTransport();
        using var context = new CliContext(new MemoryStream(), output, error)
            { Transport = transport, Files = _files, Time = TimeProvider.System, Random = new Random(1) };
        var status = await new LabVerb(new ScriptedProcesses(), "/tmp", "me").Run(args, context);
        return (status, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }

    private sealed class NoProbe : ILabProbe
    {
        public Task<int> CountNodes(IReadOnlyList<string> addresses, CancellationToken cancellation) => Task.FromResult(0);

        public Task<string> Describe(IReadOnlyList<string> addresses) => Task.FromResult("");
    }
}
