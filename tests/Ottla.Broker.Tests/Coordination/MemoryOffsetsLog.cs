using System.Runtime.CompilerServices;
using Ottla.Broker.Coordination;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Coordination;

/// <summary>Partitions of `__consumer_offsets` in memory. The test says what an append answers, when it completes and when it is
/// committed.</summary>
internal sealed class MemoryOffsetsLog : IOffsetsLog
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, List<OffsetsRecord>> _partitions = [];

    public List<int> BatchSizes { get; } = [];

    public ErrorCode AppendError { get; set; }

    /// <summary>Null: the high watermark follows at once.</summary>
    public TaskCompletionSource<ErrorCode>? Committed { get; set; }

    /// <summary>Not null: appends wait for it.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>Not null: reading waits for it.</summary>
    public TaskCompletionSource? ReadGate { get; set; }

    public async ValueTask<OffsetsAppend> Append(int partition, LeaderEpoch epoch, IReadOnlyList<OffsetsRecord> records)
    {
        if (Gate is { } gate) await gate.Task;
        if (AppendError != ErrorCode.None) return OffsetsAppend.Refused(AppendError);
        lock (_lock)
        {
            BatchSizes.Add(records.Count);
            if (!_partitions.TryGetValue(partition, out var log)) _partitions[partition] = log = [];
            log.AddRange(records);
            return new OffsetsAppend(ErrorCode.None, new Offset(log.Count - records.Count), Committed?.Task ?? Task.FromResult(ErrorCode.None));
        }
    }

    public async IAsyncEnumerable<OffsetsBatch> ReadAll(int partition, LeaderEpoch epoch, [EnumeratorCancellation] CancellationToken stop)
    {
        if (ReadGate is { } gate) await gate.Task.WaitAsync(stop);
        List<OffsetsRecord> all;
        lock (_lock) all = [.. _partitions.GetValueOrDefault(partition) ?? []];
        for (var i = 0; i < all.Count; i++) yield return new OffsetsBatch(new Offset(i), ProducerId.None, null, [(new Offset(i), all[i])]);
    }
}
