using Ottla.Broker.Coordination;
using Ottla.Broker.Coordination.Consumer;
using Ottla.Configuration.Catalogs;
using Ottla.Configuration.Effective;
using Ottla.Configuration.Settings;
using Ottla.Metadata.Image;
using ConfigResourceType = Ottla.Configuration.Effective.ConfigResourceType;

namespace Ottla.Broker.Cluster;

/// <summary>What the configuration says about groups, in the form that the coordinator takes.</summary>
internal static class CoordinatorSettings
{
    public static GroupSettings Of(BrokerSettings settings, DynamicSettings dynamic, PublishedMetadata cluster) => new()
    {
        OffsetsTopicPartitions = settings.Offsets.TopicNumPartitions,
        MinSessionTimeoutMs = settings.Groups.MinSessionTimeoutMs,
        MaxSessionTimeoutMs = settings.Groups.MaxSessionTimeoutMs,
        InitialRebalanceDelayMs = settings.Groups.InitialRebalanceDelayMs,
        MaxSize = settings.Groups.MaxSize,
        OffsetMetadataMax = settings.Offsets.MetadataMaxBytes,
        OffsetsCommitTimeoutMs = settings.Offsets.CommitTimeoutMs,
        OffsetsRetentionMs = settings.Offsets.RetentionMs,
        OffsetsRetentionCheckIntervalMs = settings.Offsets.RetentionCheckIntervalMs,
        ConsumerSessionTimeoutMs = settings.ConsumerGroups.SessionTimeoutMs,
        ConsumerHeartbeatIntervalMs = settings.ConsumerGroups.HeartbeatIntervalMs,
        ConsumerMaxSize = settings.ConsumerGroups.MaxSize,
        ConsumerAssignors = settings.ConsumerGroups.Assignors,
        ConsumerAssignmentIntervalMs = settings.ConsumerGroups.AssignmentIntervalMs,
        ConsumerRegexRefreshIntervalMs = settings.ConsumerGroups.RegexRefreshIntervalMs,
        ConsumerMigrationPolicy = settings.ConsumerGroups.MigrationPolicy switch
        {
            "disabled" => MigrationPolicy.Disabled,
            "upgrade" => MigrationPolicy.Upgrade,
            "downgrade" => MigrationPolicy.Downgrade,
            _ => MigrationPolicy.Bidirectional,
        },
        Overrides = group => OverridesOf(group, dynamic.Current.Config, cluster.Image),
    };

    private static GroupOverrides? OverridesOf(string group, EffectiveConfig config, MetadataImage image)
    {
        var own = image.Configs.Of(new(ConfigResourceType.Group, group));
        if (own.Count == 0) return null;
        return new GroupOverrides(Of("consumer.session.timeout.ms"), Of("consumer.heartbeat.interval.ms"), Of("consumer.assignment.interval.ms"));

        int? Of(string name)
        {
            if (!own.ContainsKey(name)) return null;
            // the bounds held when it was set; a restart may have moved them since
            var value = config.GroupValueOf(name, own).AsInt();
            var (least, most) = GroupConfigs.BoundsOf(name);
            if (least is not null) value = Math.Max(value, config.ValueOf(least).AsInt());
            return most is null ? value : Math.Min(value, config.ValueOf(most).AsInt());
        }
    }
}
