namespace Ottla.Configuration.Settings;

/// <summary>What a topic gets whose creator leaves it open, and who may create and delete.</summary>
public sealed class TopicCreationSettings
{
    internal TopicCreationSettings(ConfigReader reader)
    {
        NumPartitions = reader.Int("num.partitions");
        DefaultReplicationFactor = reader.Int("default.replication.factor");
        AutoCreateTopicsEnable = reader.Bool("auto.create.topics.enable");
        DeleteTopicEnable = reader.Bool("delete.topic.enable");
    }

    public int NumPartitions { get; }

    public int DefaultReplicationFactor { get; }

    public bool AutoCreateTopicsEnable { get; }

    public bool DeleteTopicEnable { get; }
}
