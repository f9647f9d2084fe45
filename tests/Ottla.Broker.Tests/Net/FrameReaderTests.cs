using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Ottla.Broker.Net;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Net;

public sealed class FrameReaderTests
{
    private const int FrameBytesMax = 10 << 20;

    [Fact]
    public void Frames_come_whole_however_the_bytes_are_cut() =>
        Prop.ForAll<int[], int>((lengths, seed) =>
        {
            var random = new Random(seed);
            byte[][] frames = [.. lengths.Take(6).Select(l => Payload(1 + (int)((uint)l * 7919L % 40_000), random))];
            var bytes = frames.SelectMany(Framed).ToArray();
            var pieces = new List<byte[]>();
            for (var at = 0; at < bytes.Length; at += pieces[^1].Length) pieces.Add(bytes[at..Math.Min(bytes.Length, at + 1 + random.Next(random.Next(2) == 0 ? 6 : 30_000))]);
            var memory = Memory.Of(1 << 20);
            using var reader = new FrameReader(new ScriptedStream(pieces), memory, FrameBytesMax);
            return frames.All(frame => Next(reader)!.AsSpan().SequenceEqual(frame)) && Next(reader) is null;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_cut_of_two_small_frames_gives_the_same_two()
    {
        byte[] bytes = [.. Framed("one"u8.ToArray()), .. Framed("two"u8.ToArray())];
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            using var reader = new FrameReader(new ScriptedStream(bytes[..cut], bytes[cut..]), Memory.Of(1), FrameBytesMax);
            Assert.Equal("one"u8.ToArray(), Next(reader));
            Assert.Equal("two"u8.ToArray(), Next(reader));
            Assert.Null(Next(reader));
        }
    }

    [Fact]
    public void A_frame_that_has_come_already_is_known()
    {
        byte[] bytes = [.. Framed("one"u8.ToArray()), .. Framed("two"u8.ToArray()), .. Framed("three"u8.ToArray())[..6]];
        using var reader = new FrameReader(new ScriptedStream(bytes), Memory.Of(1), FrameBytesMax);
        Assert.False(reader.HasNext);
        Next(reader);
        Assert.True(reader.HasNext);
        Next(reader);
        Assert.False(reader.HasNext);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(FrameBytesMax + 1)]
    [InlineData(int.MaxValue)]
    public void A_length_that_no_request_has_is_malformed(int length)
    {
        var stream = new ScriptedStream(Length(length));
        using var reader = new FrameReader(stream, Memory.Of(1), FrameBytesMax);
        Assert.Throws<MalformedMessageException>(() => Next(reader));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public void A_peer_that_closes_inside_a_frame_is_gone_without_a_word(int length)
    {
        using var reader = new FrameReader(new ScriptedStream([.. Length(length), 1, 2, 3]), Memory.Of(1 << 20), FrameBytesMax);
        Assert.Null(Next(reader));
    }

    [Fact]
    public void An_announced_length_alone_gets_no_memory()
    {
        var stream = new ScriptedStream([.. Length(FrameBytesMax), 1, 2, 3]);
        using var reader = new FrameReader(stream, Memory.Of(1 << 20), FrameBytesMax);
        Assert.Null(Next(reader));
        Assert.InRange(stream.LargestBuffer, 1, 64 << 10);
    }

    [Fact]
    public async Task The_memory_of_a_large_frame_is_given_back_when_it_is_released()
    {
        var memory = Memory.Of(60_000);
        var large = Payload(100_000, new Random(1));
        using var reader = new FrameReader(new ScriptedStream([.. Framed(large), .. Framed([7])]), memory, FrameBytesMax);
        Assert.Equal(large, Borrow(reader)!.Value.ToArray());
        var waiting = memory.Enter();
        Assert.False(waiting.IsCompleted);
        reader.Release();
        await waiting.WaitAsync(Nodes.Patience.Long);
        reader.Release();
        Assert.Equal([7], Next(reader));
    }

    [Fact]
    public void A_frame_that_is_still_lent_is_not_written_over()
    {
        using var reader = new FrameReader(new ScriptedStream([.. Framed([1, 2]), .. Framed([3])]), Memory.Of(1), FrameBytesMax);
        Assert.Equal([1, 2], Borrow(reader)!.Value.ToArray());
        Assert.Throws<InvariantException>(() => Borrow(reader));
    }

    [Fact]
    public async Task The_memory_of_a_frame_that_broke_off_is_given_back()
    {
        var memory = Memory.Of(30_000);
        using (var reader = new FrameReader(new ScriptedStream([.. Length(50_000), .. new byte[20_000]]), memory, FrameBytesMax))
        {
            Assert.Null(Borrow(reader));
            Assert.False(memory.Enter().IsCompleted);
        }

        await memory.Enter().WaitAsync(Nodes.Patience.Long);
    }

    /// <summary>The next frame, copied and given back.</summary>
    private static byte[]? Next(FrameReader reader)
    {
        var frame = Borrow(reader)?.ToArray();
        reader.Release();
        return frame;
    }

    private static ReadOnlyMemory<byte>? Borrow(FrameReader reader)
    {
        var pending = reader.Next().AsTask();
        Assert.True(pending.IsCompleted);
        return pending.GetAwaiter().GetResult();
    }

    private static byte[] Payload(int length, Random random)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Framed(byte[] payload) => [.. Length(payload.Length), .. payload];

    private static byte[] Length(int length)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        return bytes;
    }
}
