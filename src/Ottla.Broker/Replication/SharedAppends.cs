using System.Runtime.ExceptionServices;
using Ottla.Log;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Loops;

namespace Ottla.Broker.Replication;

/// <summary>Small batches that came to one thread within one turn: those of a partition are appended together, one lock and one write for
/// all.</summary>
/// <remarks>
/// Owned by its turn (<see cref="Turn.Gathering"/>), empty between rounds. A partition's batches keep the order in which they came. As many
/// as the sockets that a turn serves, so pairs are found by looking at all of them.
/// A fault while appending is handed to those whose batches it hit, and to nobody else; a broken invariant ends the process.
/// </remarks>
internal sealed class SharedAppends
{
    private readonly List<SharedAppend?> _gathered = [];
    private readonly List<SharedAppend> _together = [];
    private readonly Action _run;
    private PendingBatch[] _batches = new PendingBatch[16];

    public SharedAppends() => _run = Run;

    /// <summary>Appends at the end of the turn; the outcome is there for whoever awaits that.</summary>
    public SharedAppend Add(Turn turn, Partition partition, in PendingBatch batch, bool wantsAllReplicas)
    {
        if (_gathered.Count == 0) turn.AtEnd(_run);
        var append = new SharedAppend(partition, batch, wantsAllReplicas);
        _gathered.Add(append);
        return append;
    }

    private void Run()
    {
        for (var i = 0; i < _gathered.Count; i++)
        {
            if (_gathered[i] is not { } first) continue;
            for (var k = i; k < _gathered.Count; k++)
            {
                if (_gathered[k] is not { } other || !other.GoesWith(first)) continue;
                _together.Add(other);
                _gathered[k] = null;
            }

            AppendTogether(first);
            _together.Clear();
        }

        _gathered.Clear();
    }

    private void AppendTogether(SharedAppend first)
    {
        if (_batches.Length < _together.Count) Array.Resize(ref _batches, Math.Max(_together.Count, _batches.Length * 2));
        var batches = _batches.AsSpan(0, _together.Count);
        for (var i = 0; i < batches.Length; i++) batches[i] = _together[i].Batch;
        try
        {
            var appended = first.Partition.Append(batches, first.WantsAllReplicas);
            for (var i = 0; i < batches.Length; i++) _together[i].Complete(appended, batches[i]);
        }
#pragma warning disable CA1031 // thrown again where the batch came from
        catch (Exception fault) when (fault is not InvariantException)
#pragma warning restore CA1031
        {
            var captured = ExceptionDispatchInfo.Capture(fault);
            foreach (var append in _together) append.Fail(captured);
        }
        finally
        {
            // they hold on to the frames of their requests
            batches.Clear();
        }
    }
}

/// <summary>One batch among them, and what became of it.</summary>
internal sealed class SharedAppend(Partition partition, PendingBatch batch, bool wantsAllReplicas)
{
    private PendingBatch _batch = batch;
    private PartitionAppend _outcome;
    private ExceptionDispatchInfo? _fault;

    public Partition Partition => partition;

    public bool WantsAllReplicas => wantsAllReplicas;

    public ref readonly PendingBatch Batch => ref _batch;

    public bool GoesWith(SharedAppend other) => other.Partition == partition && other.WantsAllReplicas == wantsAllReplicas;

    public void Complete(in PartitionAppend outcome, in PendingBatch appended) => (_outcome, _batch) = (outcome, appended);

    public void Fail(ExceptionDispatchInfo fault) => _fault = fault;

    /// <summary>After the turn's end: as <see cref="Partition.Append"/> answers.</summary>
    public PartitionAppend Outcome(out PendingBatch appended)
    {
        _fault?.Throw();
        appended = _batch;
        return _outcome;
    }
}
