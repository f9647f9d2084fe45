using System.Text;
using Ottla.Runtime.Processes;

namespace Ottla.Lab;

/// <summary>The nodes of a running lab, and what commands do to them.</summary>
/// <remarks>Commands come from the prompt and through <see cref="LabDoor"/>; a lock lets one at a time through, and one that stops a node holds it
/// for as long as that takes. What the cluster itself says of its partitions is asked by <see cref="ILabProbe"/>.</remarks>
internal sealed class LabCluster : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly ILabProbe _probe;
    private readonly TaskCompletionSource _quit = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LabCluster(LabPlan plan, IProcesses processes, TimeProvider time, ILabProbe probe)
    {
        Plan = plan;
        Nodes = [.. plan.Nodes.Select(node => new LabNode(node, processes, time))];
        _probe = probe;
    }

    public LabPlan Plan { get; }

    public IReadOnlyList<LabNode> Nodes { get; }

    /// <summary>Ends when somebody said `quit`.</summary>
    public Task Quit => _quit.Task;

    /// <summary>Does what a line says; the answer is for people.</summary>
    public async Task<string> Run(string line)
    {
        if (LabCommand.Parse(line, Nodes.Count, out var problem) is not { } command) return problem!;
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            var node = command.Node > 0 ? Nodes[command.Node - 1] : null;
            switch (command.Action)
            {
                case LabAction.Kill: return await node!.Kill().ConfigureAwait(false);
                case LabAction.Stop: return await node!.Stop().ConfigureAwait(false);
                case LabAction.Start: return node!.Start();
                case LabAction.Freeze: return node!.Freeze();
                case LabAction.Status: return await Status().ConfigureAwait(false);
                case LabAction.Help: return LabCommand.Usage;
                default:
                    _quit.TrySetResult();
                    return "The lab stops.";
            }
        }
        catch (IOException refused)
        {
            return refused.Message;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Stops all that run, together.</summary>
    public async Task StopAll()
    {
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(Nodes.Select(node => node.Stop())).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        foreach (var node in Nodes) node.Dispose();
        _one.Dispose();
    }

    private async Task<string> Status()
    {
        var text = new StringBuilder();
        foreach (var node in Nodes)
        {
            var what = node.State switch
            {
                NodeState.Running => $"running, process {node.ProcessId}",
                NodeState.Frozen => $"frozen, process {node.ProcessId}",
                NodeState.Stopped => "stopped",
                NodeState.Killed => "killed",
                _ => $"ended by itself with status {node.ExitStatus}; {node.Plan.OutputFile} says why",
            };
            text.Append($"node {node.Plan.Id}  {node.Plan.Address}  {what}\n");
        }

        var answering = Nodes.Where(node => node.State == NodeState.Running).Select(node => node.Plan.Address).ToList();
        text.Append(answering.Count == 0 ? "Nobody runs who could be asked about partitions." : await _probe.Describe(answering).ConfigureAwait(false));
        return text.ToString();
    }
}

/// <summary>Asks the nodes themselves.</summary>
internal interface ILabProbe
{
    /// <summary>How many nodes are in the cluster, as one of these sees it; 0 where none answers.</summary>
    Task<int> CountNodes(IReadOnlyList<string> addresses, CancellationToken cancellation);

    /// <summary>A line about the partitions: who leads how many, and which are not in sync.</summary>
    Task<string> Describe(IReadOnlyList<string> addresses);
}
