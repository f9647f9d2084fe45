using Ottla.Metadata.Image;
using Ottla.Metadata.Log;
using Ottla.Metadata.Records;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Raft.Quorum;

namespace Ottla.Metadata.Tests.Log;

public sealed class MetadataLogTests
{
    private const string Time = "000001a3185c5000";

    private static readonly LeaderEpoch _epoch = new(1);
    private readonly Disk _disk = new();

    public MetadataLogTests() => Assert.True(_disk.Format().IsOk);

    [Fact]
    public void What_was_appended_and_flushed_is_there_after_a_restart()
    {
        var brain = Fill(topics: 3);
        using var log = _disk.Open();
        var loaded = log.Load(new SharedLists());
        Assert.Equal(ImageText.Of(brain.Image), ImageText.Of(loaded.Image));
        Assert.Equal((log.LogEndOffset, _epoch), (loaded.Image.Provenance.EndOffset, loaded.Image.Provenance.Epoch));
    }

    [Fact]
    public void A_torn_tail_is_cut_and_every_batch_before_it_is_kept()
    {
        var brain = Fill(topics: 3);
        var path = $"{Disk.LogDirectory}/00000000000000000000.log";
        var whole = _disk.Bytes(path);
        using (var file = _disk.Files.Open(path, Ottla.Runtime.Files.OpenFor.Writing)) file.Write(whole.Length, whole.AsSpan(0, 70));
        using var log = _disk.Open();
        Assert.Equal(ImageText.Of(brain.Image), ImageText.Of(log.Load(new SharedLists()).Image));
        Assert.Equal(whole.Length, _disk.Bytes(path).Length);
    }

    [Fact]
    public void A_snapshot_takes_the_place_of_the_log_before_it()
    {
        var brain = Fill(topics: 3);
        using (var log = _disk.Open())
        {
            var image = log.Load(new SharedLists()).Image;
            var bytes = log.WriteSnapshot(image, null);
            log.SnapshotWritten(image.Provenance, bytes, 0);
            Append(log, brain, "later");
            log.Flush();
        }

        Assert.Contains(_disk.Names(), name => name == "00000000000000000026-0000000001.checkpoint");
        using var again = _disk.Open();
        var loaded = again.Load(new SharedLists());
        Assert.Equal(ImageText.Of(brain.Image), ImageText.Of(loaded.Image));
        Assert.Equal(new Offset(26), again.LatestSnapshot!.Value.EndOffset);
    }

    [Fact]
    public void Old_snapshots_and_the_log_before_the_next_go_when_there_is_too_much()
    {
        var brain = Fill(topics: 1);
        var limits = new MetadataLogLimits { RetentionBytes = 1, SegmentBytes = 1000, DeleteDelayMs = 0 };
        using (var log = _disk.Open(limits))
        {
            var lists = new SharedLists();
            var image = log.Load(lists).Image;
            for (var turn = 0; turn < 5; turn++)
            {
                for (var i = 0; i < 4; i++) Append(log, brain, $"t{turn}-{i}");
                log.Flush();
                var delta = new MetadataDelta(MetadataImage.Empty, lists);
                foreach (var record in brain.Log) delta.Replay(record.Record);
                image = delta.Apply(new OffsetAndEpoch(log.LogEndOffset, _epoch), 1);
                log.SnapshotWritten(image.Provenance, log.WriteSnapshot(image, null), 0);
            }

            Assert.Equal(image.Provenance, log.LatestSnapshot);
            Assert.True(log.LogStartOffset > Offset.Zero);
        }

        _disk.Context.Deletions.RunDue();
        Assert.Single(_disk.Names(), name => name.EndsWith(".checkpoint", StringComparison.Ordinal));
        using var again = _disk.Open(limits);
        Assert.Equal(ImageText.Of(brain.Image), ImageText.Of(again.Load(new SharedLists()).Image));
    }

    [Fact]
    public void A_snapshot_that_was_not_finished_is_removed()
    {
        _disk.Files.Replace($"{Disk.LogDirectory}/00000000000000000009-0000000001.checkpoint.part", [1, 2, 3]);
        _disk.Open().Dispose();
        Assert.DoesNotContain(_disk.Names(), name => name.EndsWith(".part", StringComparison.Ordinal));
    }

    [Fact]
    public void A_snapshot_that_is_cut_is_said_to_be()
    {
        Fill(topics: 1);
        using (var log = _disk.Open())
        {
            var image = log.Load(new SharedLists()).Image;
            log.SnapshotWritten(image.Provenance, log.WriteSnapshot(image, null), 0);
        }

        var path = $"{Disk.LogDirectory}/{_disk.Names().Last(name => name.EndsWith(".checkpoint", StringComparison.Ordinal))}";
        _disk.Files.Replace(path, _disk.Bytes(path).AsSpan()[..^1]);
        using var again = _disk.Open();
        Assert.Contains("is cut", Assert.Throws<MalformedMessageException>(() => again.Load(new SharedLists())).Message);
    }

    [Fact]
    public void A_transaction_that_nobody_ended_does_not_count()
    {
        using (var log = _disk.Open())
        {
            log.Append([new(new BeginTransactionRecord { Name = "Bootstrap records" }), new(new FeatureLevelRecord { Name = "metadata.version",
            FeatureLevel = 33 })], _epoch, 1);
            log.Flush();
        }

        using var again = _disk.Open();
        var loaded = again.Load(new SharedLists());
        Assert.True(loaded is { HasOpenTransaction: true, Image.IsEmpty: true });
    }

    [Fact]
    public void A_transaction_may_span_batches_and_an_aborted_one_leaves_nothing()
    {
        using (var log = _disk.Open())
        {
            log.Append([new(new BeginTransactionRecord()), new(new FeatureLevelRecord { Name = "metadata.version",
            FeatureLevel = 30 })], _epoch, 1);
            log.Append([new(new FeatureLevelRecord { Name = "share.version",
            FeatureLevel = 1 }), new(new EndTransactionRecord())], _epoch, 1);
            log.Append([new(new BeginTransactionRecord()), new(new FeatureLevelRecord { Name = "share.version",
            FeatureLevel = 2 }), new(new AbortTransactionRecord())], _epoch, 1);
            log.Flush();
        }

        using var again = _disk.Open();
        var features = again.Load(new SharedLists()).Image.Features;
        Assert.Equal((30, 1), (features.MetadataVersion!.Value.Level, features.Level("share.version")));
    }

    [Fact]
    public void The_quorum_state_is_kept()
    {
        var state = QuorumState.LeaderOf(new LeaderEpoch(3), Brain.Node, Disk.StaticVoters);
        using (var log = _disk.Open()) log.SaveQuorumState(state);
        using var again = _disk.Open();
        Assert.Equal(state.ToString(), again.ReadQuorumState().ToString());
    }

    /// <summary>The log's bytes as Apache Kafka 4.4 reads them: a LeaderChange batch, then one of a topic with one partition.</summary>
    [Fact]
    public void Batches_have_the_bytes_that_Kafka_reads()
    {
        using var log = _disk.Open();
        log.Append(new EpochOpening(Brain.Node, Disk.StaticVoters.Voters, Disk.StaticVoters.Voters, null), _epoch, 1_800_000_000_000);
        log.Append([new(new TopicRecord { Name = "a", TopicId = new Uuid(1, 2) })], _epoch, 1_800_000_000_000);
        Assert.Equal(
            "0000000000000000" + "0000004f" + "00000001" + "02" + "CRC-CRC-" + "0020" + "00000000" + Time + Time + "ffffffffffffffff" +
                "ffff" + "ffffffff" +
            "00000001" + "3a" + "000000" + "08" + "00000002" + "26" + "0000" + "00000001" + "02" + "00000001" + "00" + "02" + "00000001" +
                "00" + "00" + "00" +
            "0000000000000001" + "0000004e" + "00000001" + "02" + "CRC-CRC-" + "0000" + "00000000" + Time + Time + "ffffffffffffffff" +
                "ffff" + "ffffffff" +
            "00000001" + "38" + "000000" + "01" + "2c" + "01" + "02" + "00" + "0261" + "00000000000000010000000000000002" + "00" + "00",
            WithoutChecksums(_disk.Bytes($"{Disk.LogDirectory}/00000000000000000000.log")));
    }

    private Brain Fill(int topics)
    {
        var brain = new Brain();
        using var log = _disk.Open();
        log.Append(brain.Log, _epoch, _disk.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        for (var i = 0; i < topics; i++) Append(log, brain, $"topic-{i}");
        log.Flush();
        return brain;
    }

    private void Append(MetadataLog log, Brain brain, string topic)
    {
        var before = brain.Log.Count;
        brain.Do(brain.Controller.Topics.CreateTopics(new() { Topics = [new() { Name = topic, NumPartitions = 4,
        ReplicationFactor = 1 }] }));
        log.Append([.. brain.Log.Skip(before)], _epoch, _disk.Clock.GetUtcNow().ToUnixTimeMilliseconds());
    }

    private static string WithoutChecksums(byte[] log)
    {
        var text = Convert.ToHexStringLower(log).ToCharArray();
        for (var at = 0; at < log.Length; at += 12 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(log.AsSpan(at + 8)))
            "CRC-CRC-".CopyTo(text.AsSpan((at + 17) * 2));
        return new string(text);
    }
}
