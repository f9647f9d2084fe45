using BenchmarkDotNet.Attributes;
using Ottla.Protocol.Batches;

namespace Ottla.Bench;

/// <summary>
/// What a produced batch costs before it is appended: about 16 KiB of records, as Java's producer fills them by default, in every codec.
/// </summary>
[MemoryDiagnoser]
public class BatchBenchmark
{
    private const long Now = 1_700_000_000_000;

    private readonly BatchRules _rules = new() { MessageBytesMax = int.MaxValue };
    private byte[] _batch = [];

    [Params(CompressionType.None, CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd)]
    public CompressionType Compression { get; set; }

    [Params(16, 1000)]
    public int Records { get; set; }

    [GlobalSetup]
    public void Fill() => _batch = Build().ToArray();

    [Benchmark]
    public bool Validate() => BatchValidator.Validate(_batch, _rules, Now).IsValid;

    [Benchmark]
    public long Read()
    {
        using var records = BatchRecords.Open(_batch);
        var bytes = 0L;
        foreach (var record in records) bytes += record.Value.Length;
        return bytes;
    }

    [Benchmark]
    public int Compress() => Build().Length;

    private byte[] Build()
    {
        // Values of which about half is random, so that the codecs have something to do.
        var random = new Random(1);
        var value = new byte[16_000 / Records];
        using var builder = new BatchBuilder(new BatchOptions { Compression = Compression }, 20_000);
        for (var i = 0; i < Records; i++)
        {
            random.NextBytes(value.AsSpan(0, value.Length / 2));
            builder.Append(Now + i, NullableBytes.Null, value);
        }

        return builder.Build().ToArray();
    }
}
