using Ottla.Broker.Coordination;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Coordination;

/// <summary>One partition of `__consumer_offsets` in memory, as cruel as a replicated one: it has a leader epoch, a high watermark that the
/// test moves, and records behind that which another leader may cut off. Reading brings few records at a time and never yields, as the real
/// one.</summary>
internal sealed class MemoryOffsetsLog : IOffsetsLog
{
    private readonly Lock _lock = new();
    private readonly List<OffsetsRecord> _records = [];
    private readonly List<(int UpTo, TaskCompletionSource<ErrorCode> Done)> _waits = [];
    private int _committed;
    private int _asked;

    /// <summary>The epoch in which this node leads; null: whatever is asked for.</summary>
    public LeaderEpoch? Epoch { get; set; }

    public List<int> BatchSizes { get; } = [];

    public ErrorCode AppendError { get; set; }

    /// <summary>Batches above this are refused.</summary>
    public int BytesMax { get; set; } = 1 << 20;

    /// <summary>The high watermark stands still until it is moved (<see cref="Commit"/>).</summary>
    public bool HoldsBack { get; set; }

    /// <summary>Not null: appends wait for it.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>Called with the number of each read before it is done.</summary>
    public Action<int>? OnRead { get; set; }

    public int RecordsPerRead { get; set; } = 3;

    public int Reads { get; private set; }

    /// <summary>Appends that were asked for, whatever became of them.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>Records that are there to be read.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _records.Count;
        }
    }

    public int BatchBytesMax(int partition) => BytesMax;

    public async ValueTask<OffsetsAppend> Append(int partition, LeaderEpoch epoch, IReadOnlyList<OffsetsRecord> records)
    {
        Interlocked.Increment(ref _asked);
        if (Gate is { } gate) await gate.Task;
        lock (_lock)
        {
            if (Epoch is { } led && led != epoch) return OffsetsAppend.Refused(ErrorCode.NotLeaderOrFollower);
            if (AppendError != ErrorCode.None) return OffsetsAppend.Refused(AppendError);
            if (records.Sum(static r => r.Key.Length + (r.Value?.Length ?? 0)) > BytesMax) return OffsetsAppend.Refused(ErrorCode.MessageTooLarge);
            BatchSizes.Add(records.Count);
            _records.AddRange(records);
            return new OffsetsAppend(ErrorCode.None, new Offset(_records.Count - records.Count), Committed());
        }
    }

    public OffsetsRead Read(int partition, LeaderEpoch epoch, Offset from)
    {
        OnRead?.Invoke(++Reads);
        lock (_lock)
        {
            if (Epoch is { } led && led != epoch) return OffsetsRead.Refused(ErrorCode.NotLeaderOrFollower);
            var first = from == Offset.None ? 0 : (int)from.Value;
            var end = Math.Min(first + RecordsPerRead, _records.Count);
            var batches = Enumerable.Range(first, end - first)
                .Select(i => new OffsetsBatch(new Offset(i), ProducerId.None, null, [(new Offset(i), _records[i])])).ToList();
            return new OffsetsRead(ErrorCode.None, batches, new Offset(end), end == _records.Count ? Committed() : null);
        }
    }

    /// <summary>Puts a record in as another coordinator did.</summary>
    public void Put(OffsetsRecord record)
    {
        lock (_lock) _records.Add(record);
        Commit();
    }

    /// <summary>Every replica has what is there.</summary>
    public void Commit()
    {
        lock (_lock)
        {
            if (!HoldsBack || _committed < _records.Count) _committed = _records.Count;
            foreach (var (_, done) in _waits.Where(w => w.UpTo <= _committed)) done.SetResult(ErrorCode.None);
            _waits.RemoveAll(w => w.UpTo <= _committed);
        }
    }

    /// <summary>The leadership goes, or its epoch rises: nobody is told any more what becomes of the records.</summary>
    public void Elect(LeaderEpoch epoch, ErrorCode outcome = ErrorCode.NotLeaderOrFollower)
    {
        lock (_lock)
        {
            Epoch = epoch;
            foreach (var (_, done) in _waits) done.SetResult(outcome);
            _waits.Clear();
        }
    }

    /// <summary>Another leader did not have what was not committed.</summary>
    public void Truncate()
    {
        lock (_lock) _records.RemoveRange(_committed, _records.Count - _committed);
    }

    private Task<ErrorCode> Committed()
    {
        if (!HoldsBack) _committed = _records.Count;
        if (_committed == _records.Count) return Task.FromResult(ErrorCode.None);
        var done = new TaskCompletionSource<ErrorCode>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waits.Add((_records.Count, done));
        return done.Task;
    }
}
