using Ottla.Protocol.Primitives;

namespace Ottla.Raft.Quorum;

/// <summary>What the node wants done. Whatever others see waits here until the state that it was said in is durable.</summary>
/// <remarks>Owned by the node's loop. What is held back is bounded by what is asked of the node during one flush of its state. All that
/// changes in one step is saved with one write.</remarks>
internal sealed class Outbox
{
    private readonly Queue<(long Version, QuorumOutput Output)> _held = new();
    private List<QuorumOutput> _ready = [];
    private bool _isMarked;
    private long _asked;
    private long _saved;

    /// <summary>The state may be another: what follows waits until it is known, and saved.</summary>
    public void Mark()
    {
        if (_isMarked) return;
        _isMarked = true;
        _asked++;
    }

    public void Add(QuorumOutput output)
    {
        var isSeen = output is QuorumOutput.Send or QuorumOutput.Answer or QuorumOutput.OpenEpoch or QuorumOutput.AppendVoters or QuorumOutput.Finished;
        if (isSeen && _saved < _asked) _held.Enqueue((_asked, output));
        else _ready.Add(output);
    }

    /// <summary>A state is durable.</summary>
    /// <param name="version">Its number.</param>
    public void Saved(long version)
    {
        Invariant.That(version > _saved && version <= _asked);
        _saved = version;
        while (_held.TryPeek(out var next) && next.Version <= version)
        {
            _ready.Add(_held.Dequeue().Output);
        }
    }

    /// <summary>Ends a step.</summary>
    /// <param name="state">What is to be saved; null where it is as it was saved last.</param>
    /// <param name="isWanted">Whether what was said earlier in the step, or waited for a save, is still true.</param>
    public IReadOnlyList<QuorumOutput> Take(QuorumState? state, Predicate<QuorumOutput> isWanted)
    {
        Invariant.That(state is null || _isMarked);
        // what was marked for nothing waits for nothing more than what was to be saved before
        if (state is not null) _ready.Add(new QuorumOutput.SaveState(_asked, state));
        else if (_isMarked && _saved == _asked - 1) Saved(_asked);
        _isMarked = false;
        _ready.RemoveAll(output => !isWanted(output));
        if (_ready.Count == 0) return [];
        var ready = _ready;
        _ready = [];
        return ready;
    }
}
