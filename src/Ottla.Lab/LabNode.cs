using Ottla.Runtime.Processes;

namespace Ottla.Lab;

/// <summary>What a node of the lab is doing, as far as the lab made it.</summary>
internal enum NodeState
{
    Running,
    Frozen,
    Stopped,
    Killed,

    /// <summary>It ended without being told to.</summary>
    Ended,
}

/// <summary>One node of the lab and the process that it is at the moment.</summary>
/// <remarks>Used by one command at a time (<see cref="LabCluster"/>). The process is this one's child and ends with the lab.</remarks>
internal sealed class LabNode(NodePlan plan, IProcesses processes, TimeProvider time) : IDisposable
{
    /// <summary>A node with much to flush takes seconds; who takes longer is ended.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);

    private IChildProcess? _process;
    private NodeState _state = NodeState.Stopped;

    public NodePlan Plan => plan;

    public NodeState State => _process is { Ended.IsCompleted: true } && _state is NodeState.Running or NodeState.Frozen ? NodeState.Ended : _state;

    /// <summary>Of the running process; null where there is none.</summary>
    public int? ProcessId => State is NodeState.Running or NodeState.Frozen ? _process?.Id : null;

    /// <summary>With which status it ended by itself.</summary>
    public int? ExitStatus => State == NodeState.Ended && _process!.Ended.IsCompletedSuccessfully ? _process.Ended.Result : null;

    public string Start()
    {
        if (State == NodeState.Running) return $"Node {plan.Id} runs already.";
        if (State == NodeState.Frozen)
        {
            _process!.Signal(ProcessSignal.Thaw);
            _state = NodeState.Running;
            return $"Node {plan.Id} goes on.";
        }

        _process?.Dispose();
        _process = processes.StartSelf(["start", plan.PropertiesFile], plan.OutputFile);
        _state = NodeState.Running;
        return $"Node {plan.Id} starts as process {_process.Id}.";
    }

    public async Task<string> Kill()
    {
        if (ProcessId is null) return $"Node {plan.Id} does not run.";
        _process!.Signal(ProcessSignal.Kill);
        await _process.Ended.ConfigureAwait(false);
        _state = NodeState.Killed;
        return $"Node {plan.Id} is killed.";
    }

    public async Task<string> Stop()
    {
        if (ProcessId is null) return $"Node {plan.Id} does not run.";

        // a process that stands still hears of nothing but its end
        if (_state == NodeState.Frozen) _process!.Signal(ProcessSignal.Thaw);
        _process!.Signal(ProcessSignal.Terminate);
        try
        {
            await _process.Ended.WaitAsync(StopPatience, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await Kill().ConfigureAwait(false);
            return $"Node {plan.Id} did not stop within {StopPatience.TotalSeconds:0} s and is killed; see {plan.OutputFile}.";
        }

        _state = NodeState.Stopped;
        return $"Node {plan.Id} is stopped.";
    }

    public string Freeze()
    {
        if (State == NodeState.Frozen) return $"Node {plan.Id} is frozen already.";
        if (ProcessId is null) return $"Node {plan.Id} does not run.";
        _process!.Signal(ProcessSignal.Freeze);
        _state = NodeState.Frozen;
        return $"Node {plan.Id} stands still.";
    }

    public void Dispose() => _process?.Dispose();
}
