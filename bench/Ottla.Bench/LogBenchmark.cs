using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Log;
using Ottla.Log.Handles;
using Ottla.Log.Retention;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Platform;

namespace Ottla.Bench;

/// <summary>
/// What a partition's log costs on a real disk (its page cache, mostly): appending turns of batches of about 1 KiB, finding an offset by
/// the index, and putting the answer of a fetch together for a consumer that reads in order. A read allocates its range (40 bytes), an
/// append of several batches 40 bytes a batch within the runtime's gathering write, of one batch nothing.
/// </summary>
[MemoryDiagnoser]
public class LogBenchmark
{
    private const int BatchesRead = 20_000;

    private readonly string _root = Path.Combine(Path.GetTempPath(), $"ottla-bench-{Environment.ProcessId}");
    private readonly OsFileSystem _files = new();
    private PendingBatch[] _turn = [];
    private byte[] _batch = [];
    private PartitionLog _written = null!;
    private PartitionLog _read = null!;
    private int _logs;
    private long _next;

    [Params(1, 32)]
    public int BatchesInTurn { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        using var builder = new BatchBuilder(new BatchOptions { ProducerId = new(1), ProducerEpoch = 0, BaseSequence = 0 });
        builder.Append(1, NullableBytes.Null, new byte[950]);
        _batch = builder.Build().ToArray();
        _turn = new PendingBatch[BatchesInTurn];
        _written = NewLog();
        _read = NewLog();
        for (var i = 0; i < BatchesRead; i++) _read.AppendAsFollower([Pending(i)], new LeaderEpoch(0));
    }

    [GlobalCleanup]
    public void Clear() => _files.DeleteDirectory(_root);

    /// <summary>One turn: a write, an index entry for each 4 KiB, producer state.</summary>
    [Benchmark]
    public long Append()
    {
        if (_written.SizeInBytes > 1L << 30)
        {
            _written.TruncateFullyAndStartAt(Offset.Zero);
            _written.Close(clean: false);
            _written = NewLog();
        }

        for (var i = 0; i < _turn.Length; i++) _turn[i] = Pending(_next++);
        _written.Append(_turn, new LeaderEpoch(0), AppendOrigin.Coordinator);
        return _written.LogEndOffset.Value;
    }

    /// <summary>A fetch of 64 KiB from somewhere: index, headers, lease.</summary>
    [Benchmark]
    public int FetchAnywhere()
    {
        _next = (_next + 7919) % (BatchesRead - 100);
        using var records = _read.ReadToEnd(new Offset(_next), 64 << 10, atLeastOneBatch: true).Records!;
        return records.Length;
    }

    /// <summary>A fetch of 64 KiB from where the last one ended.</summary>
    [Benchmark]
    public int FetchInOrder()
    {
        if (_next >= BatchesRead) _next = 0;
        var slice = _read.ReadToEnd(new Offset(_next), 64 << 10, atLeastOneBatch: true);
        _next = slice.NextOffset.Value;
        slice.Records!.Dispose();
        return slice.Length;
    }

    private PartitionLog NewLog()
    {
        var context = new LogContext(_files, TimeProvider.System, new FileCache(_files), NullLogger.Instance, new FileDeletions(_files,
            TimeProvider.System));
        var name = new TopicPartition("bench", _logs++);
        return PartitionLog.Create(context, Path.Combine(_root, name.ToString()), name, Uuid.MetadataTopic,
            LogSettings.Default with { FileDeleteDelayMs = 0 });
    }

    private PendingBatch Pending(long sequence)
    {
        BatchHeader.SetBaseOffset(_batch, new Offset(sequence));
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(_batch.AsSpan(BatchHeader.BaseSequencePosition),
            (int)(sequence & int.MaxValue));
        Invariant.That(BatchHeader.TryRead(_batch, out var header));
        return new PendingBatch(_batch, header);
    }
}
