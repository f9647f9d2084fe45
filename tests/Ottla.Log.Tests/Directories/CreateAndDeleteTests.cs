using Ottla.Log.Directories;
using Ottla.Protocol.Primitives;
using static Ottla.Log.Tests.Directories.DirectoriesFixture;

namespace Ottla.Log.Tests.Directories;

public sealed class CreateAndDeleteTests
{
    private readonly DirectoriesFixture _node = new(3);

    [Fact]
    public void A_new_log_goes_where_the_fewest_are()
    {
        var directories = _node.Start();
        _node.Log(directories, 0, "/b");
        _node.Log(directories, 1, "/b");
        _node.Log(directories, 2, "/a");
        for (var i = 3; i < 9; i++) _node.Log(directories, i);
        Assert.Equal([3, 3, 3], directories.All.Select(d => d.PartitionCount));
    }

    [Fact]
    public void A_cordoned_directory_takes_no_new_log_unless_it_is_asked_for()
    {
        var directories = _node.Start();
        foreach (var path in (string[])["/a", "/b"]) directories.FindDirectory(path)!.IsCordoned = true;
        Assert.Equal("/c", _node.Log(directories, 0).Directory.Path);
        Assert.Equal("/a", _node.Log(directories, 1, "/a").Directory.Path);
        directories.FindDirectory("/c")!.IsCordoned = true;
        Assert.Equal(ErrorCode.KafkaStorageError, directories.GetOrCreate(P(2), Topic, _node.Settings).Error);
    }

    [Fact]
    public void A_log_that_is_there_is_given_and_one_of_another_topic_is_not()
    {
        var directories = _node.Start();
        var log = _node.Log(directories, 0);
        Assert.Same(log, _node.Log(directories, 0));
        Assert.Equal((null, ErrorCode.InconsistentTopicId), directories.GetOrCreate(P(0), new Uuid(9, 9), _node.Settings));
    }

    [Fact]
    public void A_deleted_log_is_renamed_at_once_and_removed_after_its_delay()
    {
        var directories = _node.Start();
        _node.Log(directories, 0, "/a").Log.AppendOne(Batches.Of("one"));
        Assert.Equal(ErrorCode.None, directories.Delete(P(0)));
        Assert.Null(directories.Find(P(0)));
        Assert.Null(directories.Find(Topic, 0));
        Assert.True(DirectoryName.TryParse(Assert.Single(_node.Names("/a")), out var name));
        Assert.Equal(new DirectoryName(P(0), DirectoryKind.Deleted), name);
        _node.Advance(59_999);
        directories.Tick();
        Assert.Contains(_node.Names("/a"), n => n.EndsWith("-delete", StringComparison.Ordinal));
        _node.Advance(1);
        directories.Tick();
        Assert.DoesNotContain(_node.Names("/a"), n => n.EndsWith("-delete", StringComparison.Ordinal));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, directories.Delete(P(0)));
    }

    [Fact]
    public void What_a_former_process_left_to_be_deleted_goes_with_the_first_tick()
    {
        var before = _node.Start();
        _node.Log(before, 0, "/a").Log.AppendOne(Batches.Of("one"));
        before.Delete(P(0));
        var after = _node.Start();
        Assert.Equal(0, after.Count);
        after.Tick();
        Assert.DoesNotContain(_node.Names("/a"), n => n.StartsWith("weather", StringComparison.Ordinal));
    }

    [Fact]
    public void A_topic_made_anew_under_the_same_name_is_not_hurt_by_checkpoints_of_the_earlier_one()
    {
        var before = _node.Start();
        var log = _node.Log(before, 0, "/a").Log;
        for (var i = 0; i < 5; i++) log.AppendOne(Batches.Of($"old {i}"));
        log.DeleteRecords(new(4));
        before.WriteCheckpoints();
        _node.Disk.Replace("/a/cleaner-offset-checkpoint", "0\n2\nweather 0 4\nother 1 7\n"u8);
        before.Delete(P(0));
        var (anew, _) = before.GetOrCreate(P(0), new Uuid(5, 5), _node.Settings, before.FindDirectory("/a")!.Id);
        anew!.Log.AppendOne(Batches.Of("new"));

        var after = _node.Start();
        Assert.Equal(["new"], after.Find(P(0))!.Log.Values());
        Assert.Equal("0\n1\nother 1 7\n", _node.Text("/a/cleaner-offset-checkpoint"));
    }

    [Fact]
    public void The_plug_pulled_at_any_step_of_creating_leaves_a_log_or_nothing()
    {
        for (var step = 0; ; step++)
        {
            var node = new DirectoriesFixture();
            var before = node.Start();
            var ended = StartAndStopTests.Pulled(node, step, () =>
            {
                node.Log(before, 0).Log.AppendOne(Batches.Of("one"));
                before.Tick();
            });
            var after = node.Start();
            Assert.InRange(after.Count, 0, 1);
            Assert.Equal(after.Count, node.Names("/a").Count(n => n == "weather-0"));
            var (log, error) = after.GetOrCreate(P(0), Topic, node.Settings);
            Assert.Equal(ErrorCode.None, error);
            log!.Log.AppendOne(Batches.Of("two"));
            Assert.Equal("two", log.Log.Values()[^1]);
            if (ended) break;
        }
    }

    [Fact]
    public void The_plug_pulled_at_any_step_of_deleting_leaves_the_log_whole_or_gone()
    {
        for (var step = 0; ; step++)
        {
            var node = new DirectoriesFixture();
            var before = node.Start();
            node.Log(before, 0).Log.AppendOne(Batches.Of("one"));
            node.Log(before, 0).Log.Flush();
            before.Tick();
            var ended = StartAndStopTests.Pulled(node, step, () =>
            {
                before.Delete(P(0));
                before.Tick();
                node.Advance(100_000);
                before.Tick();
            });
            node.Disk.Crash(new Random(step));
            var after = node.Start();
            if (after.Find(P(0)) is { } log) Assert.Equal(["one"], log.Log.Values());
            if (ended) break;
        }
    }

    [Fact]
    public void Strays_are_set_aside_with_all_they_hold()
    {
        var before = _node.Start();
        _node.Log(before, 0, "/a").Log.AppendOne(Batches.Of("stays"));
        _node.Log(before, 1, "/a").Log.AppendOne(Batches.Of("stray"));
        before.Close(Epoch);
        var after = _node.Start();
        Assert.Equal([P(1)], after.RemoveStrays((partition, id) => id == Topic && partition.Partition == 0));
        Assert.Null(after.Find(P(1)));
        var stray = Assert.Single(_node.Names("/a"), n => n.EndsWith("-stray", StringComparison.Ordinal));
        Assert.Contains("00000000000000000000.log", _node.Names($"/a/{stray}"));
        after.Close(Epoch);

        var again = _node.Start();
        again.Tick();
        Assert.Equal(["stays"], again.Find(P(0))!.Log.Values());
        Assert.Contains(stray, _node.Names("/a"));
    }

    [Fact]
    public void Of_a_log_that_lies_in_two_directories_the_longer_is_used_and_the_other_kept()
    {
        var before = _node.Start();
        var log = _node.Log(before, 0, "/a").Log;
        log.AppendOne(Batches.Of("one"));
        Copy("/a/weather-0", "/b/weather-0");
        log.AppendOne(Batches.Of("two"));
        var after = _node.Start();
        Assert.Equal(["one", "two"], after.Find(P(0))!.Log.Values());
        Assert.Equal("/a", after.Find(P(0))!.Directory.Path);
        Assert.Contains(_node.Names("/b"), n => n.EndsWith("-stray", StringComparison.Ordinal));
        Assert.Equal([1, 0, 0], after.All.Select(d => d.PartitionCount));
    }

    [Fact]
    public void Of_two_topics_of_one_name_the_metadata_tell_which_is_true()
    {
        var before = _node.Start();
        _node.Log(before, 0, "/a").Log.AppendOne(Batches.Of("old"));
        before.Close(Epoch);
        _node.Disk.Rename("/a/weather-0", "/b/kept");
        before = _node.Start();
        var (anew, _) = before.GetOrCreate(P(0), new Uuid(5, 5), _node.Settings, before.FindDirectory("/a")!.Id);
        anew!.Log.AppendOne(Batches.Of("new"));
        before.Close(Epoch);
        _node.Disk.Rename("/b/kept", "/b/weather-0");

        var after = _node.Start();
        after.RemoveStrays((_, id) => id == Topic);
        Assert.Equal(["old"], after.Find(P(0))!.Log.Values());
        Assert.Contains(_node.Names("/a"), n => n.EndsWith("-stray", StringComparison.Ordinal));
    }

    private void Copy(string from, string to)
    {
        _node.Disk.CreateDirectory(to);
        foreach (var entry in _node.Disk.List(from)) _node.Disk.Replace($"{to}/{entry.Name}", _node.Disk.ReadAll($"{from}/{entry.Name}", 1 << 20));
    }
}
