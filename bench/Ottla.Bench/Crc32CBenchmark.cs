using BenchmarkDotNet.Attributes;
using Ottla.Protocol.Primitives;

namespace Ottla.Bench;

/// <summary>The ways to a CRC-32C, by size: a small batch, a page, a large batch.</summary>
[MemoryDiagnoser]
public class Crc32CBenchmark
{
    private byte[] _data = [];

    [Params(100, 1024, 16 << 10, 1 << 20)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _data = new byte[Bytes];
        new Random(1).NextBytes(_data);
    }

    [Benchmark(Baseline = true)]
    public uint Chosen() => Crc32C.Compute(_data);

    [Benchmark]
    public uint ThreeStreams() => Crc32C.CanRunThreeStreams ? Crc32C.ThreeStreams(0, _data) : 0;

    [Benchmark]
    public uint OneStream() => Crc32C.OneStream(0, _data);
}
