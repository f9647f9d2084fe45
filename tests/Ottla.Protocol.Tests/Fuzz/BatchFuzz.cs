using System.Buffers;
using System.Diagnostics;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Codecs;
using Ottla.Protocol.Tests.Batches;
using Ottla.Protocol.Tests.Codecs;
using Ottla.Protocol.Wire;

namespace Ottla.Protocol.Tests.Fuzz;

/// <summary>
/// Golden batches and compressed data, changed at random for a bounded time. A finding prints its seed; the only exception that may come
/// out is named in each test.
/// </summary>
public sealed class BatchFuzz
{
    private static readonly TimeSpan s_time =
        TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("OTTLA_FUZZ_SECONDS") ?? "1"));

    [Fact]
    public void Bytes_for_the_validator_never_throw() => Fuzz(GoldenCase.All.Select(golden => golden.Bytes), (bytes, random) =>
    {
        if (random.Next(4) > 0 && bytes.Length >= BatchHeader.Size) MakeWhole(bytes);
        var rules = new BatchRules { KeysRequired = random.Next(2) == 0, DecompressedBytesMax = 1 << 24 };
        var verdict = BatchValidator.Validate(bytes, rules, 1_700_000_000_000);
        Assert.Equal(verdict.IsValid, verdict.Message is null);
        if (verdict.IsValid) RecordReaderTests.Count(bytes);
    });

    [Fact]
    public void Bytes_for_readers_of_batches_throw_nothing_but_malformed() =>
        Fuzz(GoldenCase.All.Select(golden => golden.Bytes), (bytes, random) =>
    {
        var reader = new BatchReader(bytes, checkCrc: random.Next(2) == 0);
        while (reader.Next())
        {
            try
            {
                if (reader.Header.Magic == BatchHeader.MagicLatest) RecordReaderTests.Count(reader.Current.ToArray());
                else Assert.NotEmpty(LegacyMessages.Read(reader.Current, 1 << 24));
            }
            catch (MalformedMessageException)
            {
            }
        }

        Assert.True(reader.Position <= bytes.Length);
    });

    [Theory, MemberData(nameof(CodecTests.Names), MemberType = typeof(CodecTests))]
    public void Compressed_bytes_never_throw_and_keep_to_the_bound(string name)
    {
        var codec = CodecTests.Named(name);
        var samples =
            new[] { GoldenCase.Named("none magic 2 10 records").Bytes, CodecTests.Random(500), new byte[100_000] }.Select(sample =>
        {
            using var compressed = CodecTests.Compressed(codec, sample, Codec.DefaultLevel(codec.Type));
            return compressed.Written.ToArray();
        });
        Fuzz(samples, (bytes, random) =>
        {
            var target = new ArrayBufferWriter<byte>();
            var outcome = Codec.Decompress(codec, bytes, target, 1 << 20);
            Assert.True(target.WrittenCount <= 1 << 20);
            if (outcome == CodecOutcome.Done) CodecTests.AssertComesBack(codec, bytes, target.WrittenSpan.ToArray());
        });
    }

    private static void Fuzz(IEnumerable<byte[]> corpus, Action<byte[], Random> target)
    {
        byte[][] samples = [.. corpus];
        var started = Stopwatch.GetTimestamp();
        for (var seed = Environment.TickCount; Stopwatch.GetElapsedTime(started) < s_time; seed++)
        {
            var random = new Random(seed);
            var bytes = Mutate(samples, random);
            try
            {
                target(bytes, random);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}: {Convert.ToHexString(bytes)}", exception);
            }
        }
    }

    private static byte[] Mutate(byte[][] samples, Random random)
    {
        var bytes = samples[random.Next(samples.Length)].ToArray();
        for (var changes = random.Next(1, 6); changes > 0 && bytes.Length > 0; changes--)
        {
            // Half of the changes go to the first bytes, where headers and lengths are.
            var at = random.Next(random.Next(2) == 0 ? Math.Min(bytes.Length, 90) : bytes.Length);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes[at] = random.Next(2) == 0 ? (byte)0xff : (byte)0x7f; break;
                case 3: bytes = [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 9))..]]; break;
                default: bytes = [.. bytes[..at], .. CodecTests.Random(random.Next(1, 9)), .. bytes[at..]]; break;
            }
        }

        return bytes;
    }

    private static void MakeWhole(byte[] bytes)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, 0);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(BatchHeader.LengthPosition),
            bytes.Length - BatchHeader.OverheadBytes);
        bytes[BatchHeader.MagicPosition] = BatchHeader.MagicLatest;
        BatchHeader.SetCrc(bytes);
    }
}
