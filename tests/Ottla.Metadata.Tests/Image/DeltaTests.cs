using Ottla.Metadata.Image;
using Ottla.Protocol.Messages;
using Ottla.Protocol.MetadataRecords;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Metadata.Tests.Image;

public sealed class DeltaTests
{
    private static readonly Uuid _a = new(1, 1);

    [Fact]
    public void A_delta_says_what_changed_and_the_old_image_stays()
    {
        var first = Applied(MetadataImage.Empty, Topic("a", _a), Partition(_a, 0), Partition(_a, 1));
        var delta = new MetadataDelta(first, new SharedLists());
        delta.Replay(new PartitionChangeRecord { TopicId = _a, PartitionId = 1, Leader = 2, Isr = [2, 3] });
        var second = delta.Apply(OffsetAndEpoch.Start, 0);

        var topic = Assert.Single(delta.Topics.Changed);
        Assert.Equal([1], topic.ChangedPartitions.Keys);
        Assert.Same(first.Topics.Find("a"), topic.Old);
        var changed = second.Topics.Find("a")!.Partition(1)!;
        Assert.Equal((2, new LeaderEpoch(6), 8), (changed.Leader, changed.LeaderEpoch, changed.PartitionEpoch));
        Assert.Equal((1, new LeaderEpoch(5)), (first.Topics.Find("a")!.Partition(1)!.Leader, first.Topics.Find("a")!.Partition(1)!.LeaderEpoch));
        Assert.Same(first.Topics.Find("a")!.Partition(0), second.Topics.Find("a")!.Partition(0));
    }

    [Fact]
    public void A_change_without_a_leader_leaves_the_leader_epoch()
    {
        var image = Applied(MetadataImage.Empty, Topic("a", _a), Partition(_a, 0), new PartitionChangeRecord { TopicId = _a,
        PartitionId = 0, Isr = [1] });
        var partition = image.Topics.Find(new TopicPartition("a", 0))!;
        Assert.Equal((1, new LeaderEpoch(5), 8), (partition.Leader, partition.LeaderEpoch, partition.PartitionEpoch));
        Assert.Equal([1], partition.Isr);
    }

    [Fact]
    public void A_topic_deleted_and_made_again_is_both_deleted_and_changed()
    {
        var b = new Uuid(2, 2);
        var image = Applied(MetadataImage.Empty, Topic("a", _a), Partition(_a, 0));
        var delta = new MetadataDelta(image, new SharedLists());
        delta.Replay(new RemoveTopicRecord { TopicId = _a });
        delta.Replay(Topic("a", b));
        var after = delta.Apply(OffsetAndEpoch.Start, 0);
        Assert.Equal(_a, Assert.Single(delta.Topics.Deleted).Id);
        Assert.Equal(b, Assert.Single(delta.Topics.Changed).Id);
        Assert.Equal((b, null), (after.Topics.Find("a")!.Id, after.Topics.Find(_a)));
    }

    [Fact]
    public void A_topic_made_and_deleted_at_once_leaves_no_trace()
    {
        var delta = new MetadataDelta(MetadataImage.Empty, new SharedLists());
        delta.Replay(Topic("a", _a));
        delta.Replay(new RemoveTopicRecord { TopicId = _a });
        Assert.True(delta.Topics.IsEmpty);
        Assert.Equal(0, delta.Apply(OffsetAndEpoch.Start, 0).Topics.Count);
    }

    [Fact]
    public void Clearing_the_elr_of_all_topics_clears_each()
    {
        var b = new Uuid(2, 2);
        var withElr = Partition(_a, 0);
        withElr.EligibleLeaderReplicas = [2];
        withElr.LastKnownElr = [3];
        var image = Applied(MetadataImage.Empty, Topic("a", _a), withElr, Topic("b", b), Partition(b, 0));
        var after = Applied(image, new ClearElrRecord { TopicName = "" });
        Assert.Equal([2], image.Topics.Find("a")!.Partition(0)!.EligibleLeaderReplicas);
        Assert.Empty(after.Topics.Find("a")!.Partition(0)!.EligibleLeaderReplicas);
        Assert.Empty(after.Topics.Find("a")!.Partition(0)!.LastKnownElr);
        Assert.Same(image.Topics.Find("b"), after.Topics.Find("b"));
    }

    [Fact]
    public void A_delta_from_nothing_brings_everything()
    {
        var brain = new Brain();
        brain.Do(brain.Controller.Topics.CreateTopics(new() { Topics = [new() { Name = "a", NumPartitions = 3, ReplicationFactor = 1 }] }));
        var delta = MetadataDelta.FromNothing(brain.Image);
        Assert.Equal([0, 1, 2], Assert.Single(delta.Topics.Changed).ChangedPartitions.Keys.Order());
        Assert.True(delta is { FeaturesChanged: true, ClusterChanged: true });
        Assert.Equal([ConfigResource.DefaultBroker], delta.ChangedConfigs);
        Assert.Equal(ImageText.Of(brain.Image), ImageText.Of(delta.Apply(OffsetAndEpoch.Start, 0)));
    }

    [Fact]
    public void Partitions_with_the_same_replicas_share_their_lists()
    {
        var image = Applied(MetadataImage.Empty, Topic("a", _a), Partition(_a, 0), Partition(_a, 1));
        var (first, second) = (image.Topics.Find("a")!.Partition(0)!, image.Topics.Find("a")!.Partition(1)!);
        Assert.Same(first.Replicas, second.Replicas);
        Assert.Same(first.Directories, second.Directories);
    }

    [Fact]
    public void A_log_that_contradicts_itself_is_malformed()
    {
        object[][] logs =
        [
            [Partition(_a, 0)],
            [new RemoveTopicRecord { TopicId = _a }],
            [Topic("a", _a), new PartitionChangeRecord { TopicId = _a, PartitionId = 0 }],
            [Topic("a", _a), Topic("a", new Uuid(2, 2))],
            [Topic("a", _a), Topic("b", _a)],
            [Topic("a", _a), Partition(_a, -1)],
            [Topic("a", _a), Partition(_a, int.MaxValue)],
            [Topic("a", _a), new RemoveTopicRecord { TopicId = _a }, new RemoveTopicRecord { TopicId = _a }],
            [new UnfenceBrokerRecord { Id = 1, Epoch = 1 }],
            [new FeatureLevelRecord { Name = "metadata.version", FeatureLevel = 1 }],
        ];
        Assert.All(logs, log => Assert.Throws<MalformedMessageException>(() => Applied(MetadataImage.Empty, log)));
    }

    private static MetadataImage Applied(MetadataImage image, params object[] records)
    {
        var delta = new MetadataDelta(image, new SharedLists());
        foreach (var record in records) delta.Replay(record);
        return delta.Apply(OffsetAndEpoch.Start, 0);
    }

    private static TopicRecord Topic(string name, Uuid id) => new() { Name = name, TopicId = id };

    private static PartitionRecord Partition(Uuid topic, int number) => new()
    {
        TopicId = topic, PartitionId = number, Replicas = [1, 2, 3], Isr = [1, 2, 3], Leader = 1, LeaderEpoch = 5, PartitionEpoch = 7,
        Directories = [new Uuid(5, 1), new Uuid(5, 2), new Uuid(5, 3)],
    };

    [Fact]
    public void Between_two_images_lies_what_changed_and_no_more()
    {
        var brain = new Brain();
        CreateTopicsRequest Topic(string name) => new() { Topics = [new() { Name = name, NumPartitions = 2, ReplicationFactor = 1 }] };
        brain.Do(brain.Controller.Topics.CreateTopics(Topic("kept")));
        brain.Do(brain.Controller.Topics.CreateTopics(Topic("gone")));
        var old = Brain.Replayed(brain.Log);
        brain.Do(brain.Controller.Topics.DeleteTopics(new() { Topics = [new() { Name = "gone" }] }, 6));
        brain.Do(brain.Controller.Topics.CreateTopics(Topic("new.one")));
        brain.Do(brain.Controller.Configs.IncrementalAlterConfigs(new()
        {
            Resources = [new() { ResourceType = 2, ResourceName = "kept", Configs = [new() { Name = "retention.ms", Value = "5" }] }],
        }));
        var image = Brain.Replayed(brain.Log);

        var delta = MetadataDelta.Between(old, image);
        Assert.Equal(["gone"], delta.Topics.Deleted.Select(topic => topic.Name));
        Assert.Equal(["new.one"], delta.Topics.Changed.Select(topic => topic.Name));
        Assert.Equal([ConfigResource.Topic("kept")], delta.ChangedConfigs);
        var applied = delta.Apply(OffsetAndEpoch.Start, 0);
        Assert.Equal(ImageText.Of(image), ImageText.Of(applied));
        Assert.Equal("new.one", applied.Topics.CollidingWith("new_one"));
    }
}
