using Ottla.Metadata.Control;
using Ottla.Metadata.Image;
using Ottla.Metadata.Log;
using Ottla.Metadata.Service;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Quorum;

namespace Ottla.Metadata.Tests.Service;

/// <summary>Leadership that comes and goes, without a quorum: the test says what it decides.</summary>
public sealed class ReplicatedMetadataTests
{
    private readonly Disk _disk = new();
    private readonly MetadataLog _log;
    private readonly ReplicatedMetadata _metadata;
    private readonly Watcher _watcher = new();
    private int _epoch;

    public ReplicatedMetadataTests()
    {
        Assert.True(_disk.Format().IsOk);
        _log = _disk.Open();
        _metadata = Over(_log);
        _metadata.Subscribe(_watcher);
    }

    [Fact]
    public void What_is_decided_is_seen_by_nobody_before_it_is_committed()
    {
        Lead();
        var answer = Create("a");
        Assert.NotNull(_metadata.Active!.Image.Topics.Find("a"));
        Assert.Null(_metadata.Image.Topics.Find("a"));
        Assert.False(answer.IsCompleted);

        _metadata.Commit(_log.LogEndOffset);
        Assert.Equal(ErrorCode.None, Now(answer).Error);
        Assert.NotNull(_metadata.Image.Topics.Find("a"));
        Assert.Equal(["a"], _watcher.Topics);
    }

    [Fact]
    public void The_first_image_brings_all_that_is_committed_by_then()
    {
        Lead();
        _ = Create("a");
        _ = Create("b");
        _metadata.Commit(_log.LogEndOffset);
        Assert.Equal((1, 2), (_watcher.Images, _watcher.Topics.Count));
        _ = Create("c");
        _metadata.Commit(_log.LogEndOffset);
        Assert.Equal((2, 3), (_watcher.Images, _watcher.Topics.Count));
    }

    [Fact]
    public void Whoever_waits_when_leadership_goes_is_told_NOT_CONTROLLER_and_so_is_who_comes_later()
    {
        Lead();
        _metadata.Commit(_log.LogEndOffset);
        var answer = Create("a");
        _metadata.Resign();
        Assert.Equal(ErrorCode.NotController, Now(answer).Error);
        Assert.Equal(ErrorCode.NotController, Now(Create("b")).Error);
        Assert.Null(_metadata.Image.Topics.Find("a"));
    }

    [Fact]
    public void What_was_not_committed_goes_with_the_controller_and_the_next_one_knows_nothing_of_it()
    {
        Lead();
        _ = Create("kept");
        _metadata.Commit(_log.LogEndOffset);
        var committed = _log.LogEndOffset;
        _ = Create("lost.a");
        _metadata.Resign();
        _log.TruncateTo(committed);
        _metadata.Truncated();

        Lead();
        Assert.Null(_metadata.Active!.Image.Topics.Find("lost.a"));
        var again = Create("lost_a");
        _metadata.Commit(_log.LogEndOffset);
        Assert.Equal(ErrorCode.None, Now(again).Response!.Topics[0].ErrorCode);
        Assert.Equal(["kept", "lost_a"], _watcher.Topics);
        AssertSame(_log);
    }

    [Fact]
    public void What_was_not_committed_and_stayed_is_the_next_controllers()
    {
        Lead();
        _metadata.Commit(_log.LogEndOffset);
        _ = Create("a");
        _metadata.Resign();
        Lead();
        Assert.NotNull(_metadata.Active!.Image.Topics.Find("a"));
        Assert.Null(_metadata.Image.Topics.Find("a"));
        _metadata.Commit(_log.LogEndOffset);
        Assert.Equal(["a"], _watcher.Topics);
        AssertSame(_log);
    }

    [Fact]
    public void A_follower_sees_what_lies_below_the_high_watermark_and_no_more()
    {
        var leaderDisk = new Disk();
        Assert.True(leaderDisk.Format().IsOk);
        var leaderLog = leaderDisk.Open();
        var leader = Over(leaderLog);
        leader.Lead(new LeaderEpoch(1), Opening());
        Create("a", leader);
        var first = leaderLog.LogEndOffset;
        Create("b", leader);
        using (var records = leaderLog.Read(Offset.Zero, int.MaxValue).Records!)
        {
            var bytes = new byte[records.Length];
            records.ReadInto(bytes);
            Assert.Null(_log.AppendAsFollower(bytes));
        }

        _metadata.Commit(first);
        Assert.Equal(["a"], _watcher.Topics);
        _metadata.Commit(_log.LogEndOffset);
        Assert.Equal(["a", "b"], _watcher.Topics);
        Assert.Equal(ImageText.Of(leader.Active!.Image), ImageText.Of(_metadata.Image));

        _epoch = 1;
        Lead();
        Create("c");
        _metadata.Commit(_log.LogEndOffset);
        Assert.Equal(["a", "b", "c"], _watcher.Topics);
        AssertSame(_log);
    }

    [Fact]
    public void A_request_that_fails_inside_is_answered_and_changes_nothing()
    {
        Lead();
        _metadata.Commit(_log.LogEndOffset);
        var end = _log.LogEndOffset;
        var done = new TaskCompletionSource<ControllerAnswer<Done>>();
        _metadata.Decide<Done>(_ => throw new InvalidOperationException("a bug"), Asker.Self("a test"), done);
        Assert.Equal(ErrorCode.UnknownServerError, Now(done.Task).Error);

        // a record that can't be encoded: the decision stands, the bytes do not
        var unwritable = new TaskCompletionSource<ControllerAnswer<Done>>();
        _metadata.Decide(
            _ => new MetadataDecision<Done>([new(new Ottla.Protocol.MetadataRecords.TopicRecord { Name = new string('x', 40_000) })], Done.Instance),
            Asker.Self("a test"), unwritable);
        Assert.Equal((ErrorCode.UnknownServerError, end), (Now(unwritable.Task).Error, _log.LogEndOffset));
        _ = Create("a");
        _metadata.Commit(_log.LogEndOffset);
        Assert.Equal(["a"], _watcher.Topics);
    }

    [Fact]
    public void More_than_one_batch_takes_is_refused_where_it_holds_together_and_cut_where_it_does_not()
    {
        Lead();
        _metadata.Commit(_log.LogEndOffset);
        var end = _log.LogEndOffset;
        var records = Enumerable.Range(0, 25_000).Select(i => new Ottla.Metadata.Records.VersionedRecord(
            new Ottla.Protocol.MetadataRecords.ConfigRecord { ResourceType = 4, ResourceName = "", Name = $"x{i}", Value = "y" })).ToList();
        Assert.Equal(ErrorCode.PolicyViolation, Take(records, isAtomic: true).Error);

        var large = Enumerable.Range(0, 300).Select(i => new Ottla.Metadata.Records.VersionedRecord(
            new Ottla.Protocol.MetadataRecords.ConfigRecord { ResourceType = 4, ResourceName = "", Name = $"x{i}",
            Value = new string('y', 30_000) })).ToList();
        Assert.Equal(ErrorCode.RecordListTooLarge, Take(large, isAtomic: true).Error);
        Assert.Equal(end, _log.LogEndOffset);

        Assert.Equal(ErrorCode.None, Take(records, isAtomic: false).Error);
        Assert.Equal(ErrorCode.None, Take(large, isAtomic: false).Error);
        Assert.Equal(end + 25_300, _log.LogEndOffset);
        AssertSame(_log);
    }

    private ControllerAnswer<Done> Take(List<Ottla.Metadata.Records.VersionedRecord> records, bool isAtomic)
    {
        var done = new TaskCompletionSource<ControllerAnswer<Done>>();
        _metadata.Decide(_ => new MetadataDecision<Done>(records, Done.Instance, isAtomic), Asker.Self("a test"), done);
        _metadata.Commit(_log.LogEndOffset);
        return Now(done.Task);
    }

    /// <summary>An answer that has to be there by now.</summary>
    private static ControllerAnswer<TResponse> Now<TResponse>(Task<ControllerAnswer<TResponse>> answer)
        where TResponse : class
    {
        Assert.True(answer.IsCompletedSuccessfully);
        return answer.Result;
    }

    /// <summary>Whoever reads the log anew sees what is published here.</summary>
    private void AssertSame(MetadataLog log) =>
        Assert.Equal(ImageText.Of(log.Load(new SharedLists()).Image), ImageText.Of(_metadata.Image));

    private void Lead() => _metadata.Lead(new LeaderEpoch(++_epoch), Opening());

    private static EpochOpening Opening() => new(Brain.Node, Disk.StaticVoters.Voters, Disk.StaticVoters.Voters, null);

    private Task<ControllerAnswer<CreateTopicsResponse>> Create(string name, ReplicatedMetadata? on = null)
    {
        var metadata = on ?? _metadata;
        if (metadata.Active is { } active && active.Image.Cluster.Brokers.IsEmpty)
        {
            var registered = new TaskCompletionSource<ControllerAnswer<BrokerRegistrationResponse>>();
            metadata.Decide(controller => controller.Brokers.RegisterSelf(Brain.Registration(1, [Brain.Directory])), Asker.Self("a test"), registered);
        }

        var done = new TaskCompletionSource<ControllerAnswer<CreateTopicsResponse>>();
        var request = new CreateTopicsRequest { Topics = [new() { Name = name, NumPartitions = 1, ReplicationFactor = 1 }] };
        metadata.Decide(controller => controller.Topics.CreateTopics(request), Asker.Self("a test"), done);
        return done.Task;
    }

    private static ReplicatedMetadata Over(MetadataLog log)
    {
        var lists = new SharedLists();
        var options = new ControllerServiceOptions
        {
            Context = new Disk().Context,
            MetadataLogDir = Disk.Directory,
            Settings = Brain.Settings,
            StaticVoters = Disk.StaticVoters,
            Random = new Random(1),
            Fault = e => Environment.FailFast("a loop failed", e),
        };
        return new ReplicatedMetadata(options, log, log.Load(lists), lists);
    }

    private sealed class Watcher : IMetadataSubscriber
    {
        private MetadataImage _last = MetadataImage.Empty;

        public List<string> Topics { get; } = [];

        public int Images { get; private set; }

        public void Publish(MetadataImage old, MetadataImage image, MetadataDelta delta)
        {
            Assert.Same(_last, old);
            _last = image;
            Images++;
            Topics.AddRange(delta.Topics.Changed.Where(topic => topic.Old is null).Select(topic => topic.Name));
        }
    }
}
