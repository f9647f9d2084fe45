using System.Globalization;
using System.Text;
using Ottla.Cli;
using Ottla.Runtime.Files;
using Ottla.Runtime.Processes;

namespace Ottla.Lab;

/// <summary>`ottla lab [NODES] [--keep DIR]`: a cluster of processes on this machine, to try on it what happens when nodes fail.</summary>
/// <remarks>
/// Formats and starts the nodes, waits until they are one cluster, says what to type next, and takes commands at its prompt and from `ottla
/// lab COMMAND` in another terminal, which finds it by a file with its port in the system's folder for such things. Ctrl-C, SIGTERM and
/// `quit` stop all nodes; what they wrote goes with them unless `--keep` names a directory for it.
/// </remarks>
public sealed class LabVerb(IProcesses processes, string temporaryDirectory, string user) : IVerb
{
    private const int NodesByDefault = 3;
    private const int PortsFileBytesMax = 4096;
    private const int Failed = 1;

    /// <summary>A node that does not start has said a few lines; one that has said more than this has them in its file.</summary>
    private const int OutputBytesMax = 1 << 20;
    private const string Usage = "usage: ottla lab [NODES] [--keep DIR]     or, while one runs: ottla lab kill|stop|start|freeze N, ottla lab status";

    /// <summary>Of the nodes' start until they are one cluster. They take a second or two; a laptop that is busy takes longer.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(200);

    private string PortFile => Path.Combine(temporaryDirectory, $"ottla-lab-{user}");

    public async Task<int> Run(string[] args, CliContext context)
    {
        try
        {
            if (args.Length > 0 && LabCommand.Begins(args[0])) return await RunElsewhere(string.Join(' ', args), context).ConfigureAwait(false);
            if (Read(args, out var nodes, out var keep) is { } problem)
            {
                context.Error.WriteLine(problem);
                context.Error.WriteLine(Usage);
                return Failed;
            }

            if (await IsThere(context).ConfigureAwait(false))
            {
                context.Error.WriteLine("A lab of yours runs already: ottla lab status says of what, ottla lab quit stops it.");
                return Failed;
            }

            var directory = Path.GetFullPath(keep ?? Path.Combine(temporaryDirectory, $"ottla-lab-{user}-{context.Random.Next():x}"));
            return await RunHere(directory, nodes, keep is not null, context).ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            context.Error.WriteLine($"The lab ends: {fault.Message}");
            return Failed;
        }
        finally
        {
            context.Flush();
        }
    }

    /// <summary>Null, or what is wrong with the words.</summary>
    internal static string? Read(string[] args, out int? nodes, out string? keep)
    {
        nodes = null;
        keep = null;
        for (var at = 0; at < args.Length; at++)
        {
            if (args[at] == "--keep" && at + 1 < args.Length) keep = args[++at];
            else if (args[at].StartsWith("--keep=", StringComparison.Ordinal)) keep = args[at]["--keep=".Length..];
            else if (nodes is null && int.TryParse(args[at], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                if (count is < 1 or > LabPlan.NodesMax) return $"A lab has from 1 to {LabPlan.NodesMax} nodes, not {count}.";
                nodes = count;
            }
            else return $"ottla lab does not know '{args[at]}'.";
        }

        return keep is { Length: 0 } ? "--keep needs a directory." : null;
    }

    private async Task<int> RunElsewhere(string line, CliContext context)
    {
        var answer = PortOfLab(context.Files) is { } port
            ? await LabDoor.Ask(context.Transport, port, line, context.Cancelled).ConfigureAwait(false)
            : null;
        if (answer is null) context.Error.WriteLine("No lab of yours runs on this machine. ottla lab starts one.");
        else context.Out.Write(answer);
        return answer is null ? Failed : 0;
    }

    private async Task<bool> IsThere(CliContext context) =>
        PortOfLab(context.Files) is { } port && await LabDoor.Ask(context.Transport, port, "help", context.Cancelled).ConfigureAwait(false) is not null;

    private int? PortOfLab(IFileSystem files)
    {
        if (!files.FileExists(PortFile)) return null;
        var text = Encoding.UTF8.GetString(files.ReadAll(PortFile, PortsFileBytesMax));
        return int.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;
    }

    private async Task<int> RunHere(string directory, int? nodes, bool keep, CliContext context)
    {
        if (Plan(directory, nodes, context, out var plan) is { } problem)
        {
            context.Error.WriteLine(problem);
            return Failed;
        }

        var files = context.Files;
        if (await Prepare(plan, context).ConfigureAwait(false) is { } refused)
        {
            context.Error.WriteLine(refused);
            return Failed;
        }

        var probe = new ClusterProbe(context);
        using var cluster = new LabCluster(plan, processes, context.Time, probe);
        using var door = new LabDoor(context.Transport, cluster, context.Time);
        files.Replace(PortFile, Encoding.UTF8.GetBytes(door.Port.ToString(CultureInfo.InvariantCulture)));
        try
        {
            foreach (var node in cluster.Nodes) Say(context, node.Start());
            var isWhole = await IsWhole(cluster, probe, context).ConfigureAwait(false);
            Say(context, isWhole ? NextSteps.For(plan) : await cluster.Run("status").ConfigureAwait(false));
            foreach (var node in isWhole ? [] : cluster.Nodes.Where(node => node.State == NodeState.Ended))
                Say(context, $"Node {node.Plan.Id} said at last: {LastWords(files, node.Plan.OutputFile)}");
            if (!isWhole && !context.Cancelled.IsCancellationRequested) return Failed;
            await Prompt(cluster, context).ConfigureAwait(false);
            return 0;
        }
        finally
        {
            files.DeleteFile(PortFile);
            await cluster.StopAll().ConfigureAwait(false);
            if (!keep) files.DeleteDirectory(directory);
            Say(context, keep ? $"All nodes are stopped. Their data stay in {directory}: ottla lab --keep {directory} goes on with them." : "All nodes are stopped.");
        }
    }

    private static string LastWords(IFileSystem files, string path)
    {
        try
        {
            var text = Encoding.UTF8.GetString(files.ReadAll(path, OutputBytesMax)).TrimEnd();
            return text[(text.LastIndexOf('\n') + 1)..];
        }
        catch (IOException unreadable)
        {
            return $"nothing that can be read ({unreadable.Message})";
        }
    }

    /// <summary>The lab that is kept in the directory, or a new one with free ports.</summary>
    private static string? Plan(string directory, int? nodes, CliContext context, out LabPlan plan)
    {
        var file = Path.Combine(directory, "lab.txt");
        plan = LabPlan.Of(directory, []);
        if (context.Files.FileExists(file))
        {
            if (LabPlan.Read(directory, Encoding.UTF8.GetString(context.Files.ReadAll(file, PortsFileBytesMax))) is not { } kept)
                return $"{file} is not what a lab left. Nothing was changed.";
            plan = kept;
            return nodes is { } wanted && wanted != kept.Nodes.Count ? $"The lab in {directory} has {kept.Nodes.Count} nodes, not {wanted}." : null;
        }

        var ports = FreePorts.Find(context.Transport, nodes ?? NodesByDefault);
        plan = LabPlan.Of(directory, ports);
        context.Files.CreateDirectory(directory);
        context.Files.Replace(file, Encoding.UTF8.GetBytes(plan.ToText()));
        return null;
    }

    /// <summary>Writes the properties files, and formats what is not formatted; null, or why that failed.</summary>
    private static async Task<string?> Prepare(LabPlan plan, CliContext context)
    {
        var clusterId = Protocol.Primitives.Uuid.Random(context.Random).ToString();
        foreach (var node in plan.Nodes)
        {
            context.Files.CreateDirectory(node.Directory);
            context.Files.Replace(node.PropertiesFile, Encoding.UTF8.GetBytes(plan.PropertiesOf(node)));
            if (context.Files.FileExists(Path.Combine(node.DataDirectory, "meta.properties"))) continue;
            using var output = new MemoryStream();
            using var error = new MemoryStream();
            using var quiet = new CliContext(Stream.Null, output, error)
            {
                Transport = context.Transport, Files = context.Files, Time = context.Time, Random = context.Random,
            };
            var status = await Verbs.Find("storage")!.Run(["format", "-t", clusterId, "-c", node.PropertiesFile], quiet).ConfigureAwait(false);
            if (status != 0) return $"Node {node.Id} can't be formatted: {Encoding.UTF8.GetString(error.ToArray()).Trim()}";
        }

        return null;
    }

    private static async Task<bool> IsWhole(LabCluster cluster, ClusterProbe probe, CliContext context)
    {
        var until = context.Time.GetUtcNow() + StartPatience;
        var addresses = cluster.Plan.Nodes.Select(node => node.Address).ToList();
        while (context.Time.GetUtcNow() < until && !context.Cancelled.IsCancellationRequested && !cluster.Quit.IsCompleted)
        {
            if (cluster.Nodes.Any(node => node.State == NodeState.Ended)) return false;
            if (await probe.CountNodes(addresses, context.Cancelled).ConfigureAwait(false) == cluster.Nodes.Count) return true;
            await Task.Delay(AskAgain, context.Time, CancellationToken.None).ConfigureAwait(false);
        }

        return false;
    }

    private static async Task Prompt(LabCluster cluster, CliContext context)
    {
        using var cancelled = context.Cancelled.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), NewSignal(out var signal));
        var ended = Task.WhenAny(signal.Task, cluster.Quit);
        using var input = new StreamReader(context.Input);
        while (true)
        {
            if (context.Interactive)
            {
                context.Out.Write("lab> ");
                context.Flush();
            }

            var typed = input.ReadLineAsync(CancellationToken.None).AsTask();
            if (await Task.WhenAny(typed, ended).ConfigureAwait(false) == ended) return;

            // no more input: the lab runs on until it is told from elsewhere, or by a signal
            if (await typed.ConfigureAwait(false) is not { } line)
            {
                await ended.ConfigureAwait(false);
                return;
            }

            if (line.Trim().Length > 0) Say(context, await cluster.Run(line).ConfigureAwait(false));
            if (cluster.Quit.IsCompleted) return;
        }
    }

    private static TaskCompletionSource NewSignal(out TaskCompletionSource signal) =>
        signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void Say(CliContext context, string text)
    {
        context.Out.WriteLine(text);
        context.Flush();
    }
}
