using Ottla.Log.Segments;
using Ottla.Protocol.Batches;

namespace Ottla.Log.Tests.Segments;

/// <summary>The bytes of each file, written out by hand from their definitions.</summary>
public sealed class FileFormatTests
{
    private readonly LogFixture _fixture = new();

    [Fact]
    public void The_offset_index_has_relative_last_offset_and_position()
    {
        _fixture.Settings = _fixture.Settings with { IndexIntervalBytes = 0 };
        var log = _fixture.Open(clean: true, logStartOffset: 100);
        log.Append(0, Batches.Of("a"), Batches.Of("b", "c"), Batches.Of("d"));
        log.Close();
        // the second batch begins behind one of 69 bytes and ends 2 after the base; the third behind another of 77
        Assert.Equal("0000000200000045" + "0000000300000092", Hex("00000000000000000100.index"));
    }

    [Fact]
    public void The_time_index_has_the_latest_timestamp_and_the_relative_last_offset_of_its_batch()
    {
        _fixture.Settings = _fixture.Settings with { IndexIntervalBytes = 0 };
        var log = _fixture.Create();
        log.Append(0, Batches.At(0x1111, "a"), Batches.At(0x1000, "b"), Batches.At(0x2222, "c", "d"), Batches.At(0x2222, "e"));
        log.AppendOne(Batches.At(0x3333, "f"));
        log.Close();
        Assert.Equal("000000000000111100000000" + "000000000000222200000003" + "000000000000333300000005",
            Hex("00000000000000000000.timeindex"));
    }

    [Fact]
    public void A_small_log_has_no_offset_index_entry_and_one_time_index_entry()
    {
        var log = _fixture.Create();
        log.Append(0, Batches.At(5, "a"), Batches.At(9, "b"), Batches.At(7, "c"));
        log.Close();
        Assert.Equal("", Hex("00000000000000000000.index"));
        Assert.Equal("000000000000000900000001", Hex("00000000000000000000.timeindex"));
    }

    [Fact]
    public void The_transaction_index_has_version_producer_first_last_and_stable_offset()
    {
        var log = _fixture.Create();
        log.AppendOne(Batches.InTransaction(0x77, 0, 0, "a"));
        log.AppendMarker(Batches.Marker(false, 0x77, 0));
        Assert.Equal("0000" + "0000000000000077" + "0000000000000000" + "0000000000000001" + "0000000000000002",
            Hex("00000000000000000000.txnindex"));
    }

    [Fact]
    public void The_snapshot_has_version_checksum_and_one_entry_for_each_producer()
    {
        var log = _fixture.Create();
        log.AppendOne(Batches.Of("a"));
        log.AppendOne(Batches.From(0x77, 3, 5, "b", "c"));
        log.Close();
        var hex = Hex("00000000000000000003.snapshot");
        Assert.Equal("0001", hex[..4]);
        Assert.Equal(Protocol.Primitives.Crc32C.Compute(Convert.FromHexString(hex[12..])).ToString("x8"), hex[4..12]);
        Assert.Equal("00000001" + "0000000000000077" + "0003" + "00000006" + "0000000000000002" + "00000001" + $"{Batches.Time:x16}" + "ffffffff" + "ffffffffffffffff", hex[12..]);
    }

    [Fact]
    public void Without_producers_the_snapshot_is_ten_bytes()
    {
        var log = _fixture.Create();
        log.AppendOne(Batches.Of("a"));
        log.Close();
        Assert.Equal("0001" + "48674bc7" + "00000000", Hex("00000000000000000001.snapshot"));
    }

    [Fact]
    public void The_log_is_the_batches_and_nothing_else()
    {
        var log = _fixture.Create();
        var batch = Batches.Of("a");
        log.Append(0, batch, batch);
        var bytes = _fixture.Bytes("00000000000000000000.log");
        Assert.Equal(batch.Length * 2, bytes.Length);
        Assert.Equal(batch[BatchHeader.MagicPosition..], bytes[(batch.Length + BatchHeader.MagicPosition)..]);
        Assert.Equal("0000000000000001", Convert.ToHexStringLower(bytes.AsSpan(batch.Length, 8)));
    }

    private string Hex(string name) => Convert.ToHexStringLower(_fixture.Bytes(name));
}
