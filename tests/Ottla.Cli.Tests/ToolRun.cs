using System.Text;
using Ottla.Runtime.Files;
using Ottla.Runtime.Platform;

namespace Ottla.Cli.Tests;

/// <summary>One run of a tool, with all that came out of it.</summary>
internal sealed record ToolRun(int Status, string Out, string Error)
{
    public IReadOnlyList<string> Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static Task<ToolRun> Of(string verb, params string[] args) => Of(new MemoryFileSystem(), "", verb, args);

    public static async Task<ToolRun> Of(IFileSystem files, string input, string verb, params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        using var transport = new OsTransport();
        using var context = new CliContext(new MemoryStream(Encoding.UTF8.GetBytes(input)), output, error)
        {
            Transport = transport,
            Files = files,
            Time = TimeProvider.System,
            Random = new Random(1),
        };
        var status = await Verbs.Find(verb)!.Run(args, context);
        context.Flush();
        return new ToolRun(status, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }
}
