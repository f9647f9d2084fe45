using FsCheck;
using FsCheck.Fluent;
using Ottla.Metadata.Image;
using Ottla.Metadata.Snapshots;
using Ottla.Protocol.Messages;

namespace Ottla.Metadata.Tests.Control;

public sealed class ReplayProperties
{
    [Fact]
    public void Replaying_the_records_of_any_requests_gives_the_state_they_were_decided_in() => Prop.ForAll(Requests(), requests =>
    {
        var brain = Play(requests);
        Assert.Equal(ImageText.Of(brain.Image), ImageText.Of(Brain.Replayed(brain.Log)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_snapshot_of_any_state_gives_the_same_state() => Prop.ForAll(Requests(), requests =>
    {
        var brain = Play(requests);
        Assert.Equal(ImageText.Of(brain.Image), ImageText.Of(Brain.Replayed(ImageRecords.Of(brain.Image))));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_request_that_was_only_decided_changes_nothing() => Prop.ForAll(Requests(), requests =>
    {
        var brain = Play(requests);
        var before = brain.Image;
        foreach (var request in requests) _ = Decide(brain, request);
        Assert.Same(before, brain.Image);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Names_and_ids_lead_to_the_same_topics() => Prop.ForAll(Requests(), requests =>
    {
        var topics = Play(requests).Image.Topics;
        Assert.Equal(topics.ByName.Count, topics.ById.Count);
        Assert.All(topics.ByName, pair => Assert.Same(pair.Value, topics.Find(pair.Value.Id)));
    }).QuickCheckThrowOnFailure();

    /// <summary>Kind, topic and a number: few names, so that requests meet what others made.</summary>
    private static Arbitrary<(int Kind, int Topic, int Number)[]> Requests() => Gen.Choose(0, 6)
        .SelectMany(kind => Gen.Choose(0, 5), (kind, topic) => (kind, topic))
        .SelectMany(pair => Gen.Choose(1, 9), (pair, number) => (pair.kind, pair.topic, number))
        .ArrayOf().ToArbitrary();

    private static Brain Play((int Kind, int Topic, int Number)[] requests)
    {
        var brain = new Brain();
        foreach (var request in requests) Decide(brain, request)();
        return brain;
    }

    /// <summary>Decides at once; what is returned makes it so.</summary>
    private static Action Decide(Brain brain, (int Kind, int Topic, int Number) request)
    {
        var name = $"t.{request.Topic}";
        var controller = brain.Controller;
        switch (request.Kind)
        {
            case 0:
                var create = controller.Topics.CreateTopics(new() { Topics = [new() { Name = name, NumPartitions = request.Number,
                ReplicationFactor = 1 }] });
                return () => brain.Do(create);
            case 1:
                var delete = controller.Topics.DeleteTopics(new() { Topics = [new() { Name = name }] }, 6);
                return () => brain.Do(delete);
            case 2:
                var grow = controller.Partitions.CreatePartitions(new() { Topics = [new() { Name = name, Count = request.Number,
                Assignments = null }] });
                return () => brain.Do(grow);
            case 3:
                var operation = (sbyte)(request.Number % 2);
                var config = new IncrementalAlterConfigsRequest.AlterableConfig { Name = "retention.ms", ConfigOperation = operation,
                Value = $"{request.Number}" };
                var alter = controller.Configs.IncrementalAlterConfigs(new() { Resources = [new() { ResourceType = 2, ResourceName = name,
                Configs = [config] }] });
                return () => brain.Do(alter);
            case 4:
                var ids = controller.ProducerIds.AllocateProducerIds(new() { BrokerId = 1, BrokerEpoch = brain.BrokerEpoch });
                return () => brain.Do(ids);
            case 5:
                var quota = controller.Quotas.AlterClientQuotas(new()
                {
                    Entries =
                    [
                        new()
                        {
                            Entity = [new() { EntityType = "user", EntityName = name }],
                            Ops = [new() { Key = "producer_byte_rate", Value = request.Number, Remove = request.Number > 6 }],
                        },
                    ],
                });
                return () => brain.Do(quota);
            default:
                var update = new UpdateFeaturesRequest.FeatureUpdateKey { Feature = "share.version",
                MaxVersionLevel = (short)(request.Number % 3), UpgradeType = 2 };
                var feature = controller.Features.UpdateFeatures(new() { FeatureUpdates = [update] }, 2);
                return () => brain.Do(feature);
        }
    }
}
