using System.Text;
using BenchmarkDotNet.Attributes;
using Ottla.Protocol.Codecs;
using Ottla.Protocol.Batches;

namespace Ottla.Bench;

/// <summary>The codecs on 256 KiB of text that looks like log lines; LZ4 also without its library.</summary>
[MemoryDiagnoser]
public class CodecBenchmark
{
    private readonly byte[] _plain = Text();
    private readonly PooledBytes _compressed = new(1 << 20);
    private readonly PooledBytes _target = new(1 << 20);
    private ICodec _codec = null!;

    [Params("gzip", "snappy", "lz4", "managed lz4", "zstd")]
    public string Name { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        _codec = Name == "managed lz4" ? new Lz4(managed: true) : Codec.For(Enum.Parse<CompressionType>(Name, ignoreCase: true))!;
        _compressed.Clear();
        _codec.Compress(_plain, _compressed, Codec.DefaultLevel(_codec.Type));
    }

    [Benchmark]
    public int Compress()
    {
        _target.Clear();
        _codec.Compress(_plain, _target, Codec.DefaultLevel(_codec.Type));
        return _target.Length;
    }

    [Benchmark]
    public CodecOutcome Decompress()
    {
        _target.Clear();
        return Codec.Decompress(_codec, _compressed.Written, _target, int.MaxValue);
    }

    private static byte[] Text()
    {
        var random = new Random(1);
        var text = new StringBuilder();
        while (text.Length < 256 << 10)
            text.Append("2026-01-01T00:00:").Append(random.Next(60)).Append("Z INFO request ").Append(random.NextInt64()).Append(" took ")
                .Append(random.Next(1000)).Append(" ms\n");
        return Encoding.ASCII.GetBytes(text.ToString(0, 256 << 10));
    }
}
