using System.Text;
using Ottla.Protocol.Batches;
using Ottla.Protocol.CoordinatorRecords;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Files;

namespace Ottla.Cli.Tests.Dumping;

public sealed class DumpLogTests
{
    private const string Segment = "/data/t-0/00000000000000000010.log";

    private readonly MemoryFileSystem _files = new();

    public DumpLogTests() => _files.CreateDirectory("/data/t-0");

    [Fact]
    public async Task A_segment_is_printed_batch_by_batch_and_its_records_on_demand()
    {
        var batch = Batch(new BatchOptions { BaseOffset = new(10), ProducerId = new(3), ProducerEpoch = 1, BaseSequence = 20 }, ("k", "v"),
            (null, null));
        _files.Replace(Segment, batch);
        Assert.True(BatchHeader.TryRead(batch, out var header));
        string[] expected =
        [
            $"Dumping {Segment}", "Log starting offset: 10",
            "baseOffset: 10 lastOffset: 11 count: 2 baseSequence: 20 lastSequence: 21 producerId: 3 producerEpoch: 1 partitionLeaderEpoch: "
            + "-1 isTransactional: false "
            + $"isControl: false deleteHorizonMs: OptionalLong.empty position: 0 CreateTime: 5 size: {batch.Length} magic: 2 "
            + $"compresscodec: none crc: {header.Crc} isvalid: true",
        ];
        Assert.Equal(expected, (await Dump()).Lines);
        string[] records =
        [
            "| offset: 10 CreateTime: 5 keySize: 1 valueSize: 1 sequence: 20 headerKeys: [h,h] key: k payload: v",
            "| offset: 11 CreateTime: 5 keySize: -1 valueSize: -1 sequence: 21 headerKeys: [h,h]",
        ];
        Assert.Equal([.. expected, .. records], (await Dump("--print-data-log")).Lines);
        Assert.Equal(["| key: k payload: v", "|"], (await Dump("--print-data-log", "--skip-record-metadata")).Lines.Skip(3));
    }

    [Fact]
    public async Task A_wrong_checksum_and_a_torn_tail_are_told()
    {
        var batch = Batch(new BatchOptions { BaseOffset = new(10) }, ("k", "v"));
        var broken = batch.ToArray();
        broken[BatchHeader.CrcPosition] ^= 1;
        _files.Replace(Segment, [.. batch, .. broken, .. batch[..20]]);
        var lines = (await Dump()).Lines;
        Assert.EndsWith("isvalid: true", lines[2]);
        Assert.EndsWith("isvalid: false", lines[3]);
        Assert.Equal("Found 20 invalid bytes at the end of 00000000000000000010.log", lines[4]);
    }

    [Fact]
    public async Task Gaps_between_records_go_to_standard_error()
    {
        _files.Replace(Segment, [.. Batch(new BatchOptions { BaseOffset = new(10) }, ("a", "b")),
            .. Batch(new BatchOptions { BaseOffset = new(15) }, ("c", "d"))]);
        var run = await Dump("--deep-iteration");
        Assert.Contains("  10 is followed by 15", run.Error);
        Assert.Equal(0, run.Status);
    }

    [Fact]
    public async Task Metadata_records_are_printed_as_JSON()
    {
        using var writer = new MessageWriter();
        StoredRecords.WriteMetadata(writer,
            new PartitionChangeRecord { PartitionId = 2, TopicId = new Uuid(0, 7), Leader = 4, Isr = [4, 5] }, 0);
        using var builder = new BatchBuilder(new BatchOptions { BaseOffset = new(10) });
        builder.Append(5, default, writer.WrittenSpan);
        _files.Replace(Segment, builder.Build().Span);
        Assert.EndsWith(
            "payload: {\"type\":\"PARTITION_CHANGE_RECORD\",\"version\":0,\"data\":{\"partitionId\":2,\"topicId\":\"AAAAAAAAAAAAAAAAAAAABw\",\"isr\":[4,5],\"leader\":4}}",
            (await Dump("--cluster-metadata-decoder")).Lines[^1]);
    }

    [Fact]
    public async Task Records_of_groups_are_printed_as_JSON_and_tombstones_as_deletions()
    {
        using var key = new MessageWriter();
        StoredRecords.WriteKey(key, new OffsetCommitKey { Group = "g", Topic = "t\"ü", Partition = 1 });
        using var value = new MessageWriter();
        StoredRecords.WriteValue(value, new OffsetCommitValue { Offset = 9, LeaderEpoch = -1, Metadata = "", CommitTimestamp = 8 }, 3);
        using var builder = new BatchBuilder(new BatchOptions { BaseOffset = new(10) });
        builder.Append(5, key.WrittenSpan, value.WrittenSpan);
        builder.Append(5, key.WrittenSpan, default);
        _files.Replace(Segment, builder.Build().Span);
        var lines = (await Dump("--offsets-decoder")).Lines;
        const string Key = " key: {\"type\":\"1\",\"data\":{\"group\":\"g\",\"topic\":\"t\\\"ü\",\"partition\":1}}";
        Assert.EndsWith($"{Key} payload: {{\"version\":\"3\",\"data\":{{\"offset\":9,\"leaderEpoch\":-1,\"metadata\":\"\",\"commitTimestamp\":8}}}}", lines[^2]);
        Assert.EndsWith($"{Key} payload: <DELETE>", lines[^1]);
    }

    [Fact]
    public async Task A_record_without_a_key_is_no_record_of_a_coordinator()
    {
        _files.Replace(Segment, Batch(new BatchOptions { BaseOffset = new(10) }, (null, "v")));
        var run = await Dump("--transaction-log-decoder");
        Assert.Equal(1, run.Status);
        Assert.Contains("Failed to decode message at offset 10", run.Error);
    }

    [Fact]
    public async Task Indexes_are_printed_checked_and_held_against_the_log()
    {
        _files.Replace(Segment, Batch(new BatchOptions { BaseOffset = new(10) }, ("a", "b"), ("c", "d")));
        var index = Segment.Replace(".log", ".index");
        _files.Replace(index, [0, 0, 0, 1, 0, 0, 0, 0]);
        Assert.Equal([$"Dumping {index}", "offset: 11 position: 0"], (await Run("--files", index)).Lines);
        Assert.Equal([$"Dumping {index}", $"{index} passed sanity check."], (await Run("--files", index, "--index-sanity-check")).Lines);
        Assert.Equal([$"Dumping {index}"], (await Run("--files", index, "--verify-index-only")).Lines);
        _files.Replace(index, [0, 0, 0, 5, 0, 0, 0, 0]);
        Assert.Contains("Index offset: 15, log offset: 11", (await Run("--files", index)).Error);
    }

    [Fact]
    public async Task Files_are_printed_one_after_the_other_and_unknown_ones_passed_over()
    {
        _files.Replace(Segment, Batch(new BatchOptions { BaseOffset = new(10) }, ("a", "b")));
        var run = await Run("--files", $"/data/t-0/partition.metadata,{Segment}");
        Assert.Equal(0, run.Status);
        Assert.Contains("Ignoring unknown file /data/t-0/partition.metadata", run.Error);
        Assert.Contains($"Dumping {Segment}", run.Out);
    }

    [Theory]
    [InlineData("Missing required argument \"[files]\"", "--deep-iteration")]
    [InlineData("bootstrap-server is not a recognized option", "--bootstrap-server")]
    [InlineData("/data/none/00000000000000000000.log", "--files", "/data/none/00000000000000000000.log")]
    public async Task Errors_name_what_is_wrong(string part, params string[] args)
    {
        var run = await Run(args);
        Assert.Equal(1, run.Status);
        Assert.Contains(part, run.Error);
    }

    private static byte[] Batch(BatchOptions options, params (string? Key, string? Value)[] records)
    {
        using var builder = new BatchBuilder(options);
        foreach (var (key, value) in records) builder.Append(5, Bytes(key), Bytes(value), [new("h", null), new("h", [1])]);
        return builder.Build().ToArray();
    }

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);

    private Task<ToolRun> Dump(params string[] args) => Run(["--files", Segment, .. args]);

    private Task<ToolRun> Run(params string[] args) => ToolRun.Of(_files, "", "dump-log", args);
}
