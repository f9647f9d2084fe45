using Ottla.Configuration.Effective;
using Ottla.Metadata.Features;
using Ottla.Metadata.Image;
using Ottla.Metadata.Records;
using Ottla.Protocol.MetadataRecords;

namespace Ottla.Metadata.Snapshots;

/// <summary>The records that make an image out of nothing, in the order in which Kafka writes them.</summary>
internal static class ImageRecords
{
    public static IEnumerable<VersionedRecord> Of(MetadataImage image)
    {
        var version = image.Features.VersionOrMinimum;
        return Features(image.Features).Concat(Cluster(image.Cluster, version)).Concat(Topics(image.Topics, version))
            .Concat(Configs(image.Configs)).Concat(Quotas(image.Quotas)).Concat(ProducerIds(image.ProducerIds)).Concat(Security(image.Security));
    }

    private static IEnumerable<VersionedRecord> Features(FeaturesImage features)
    {
        if (features.MetadataVersion is { } version)
            yield return new(new FeatureLevelRecord { Name = FeatureCatalog.MetadataVersionName, FeatureLevel = version.Level });
        foreach (var feature in features.Levels) yield return new(new FeatureLevelRecord { Name = feature.Name,
        FeatureLevel = feature.Level });
    }

    private static IEnumerable<VersionedRecord> Cluster(ClusterImage cluster, MetadataVersion version)
    {
        foreach (var broker in cluster.Brokers.Values) yield return new(broker.ToRecord(version.RegisterBrokerRecordVersion), version.RegisterBrokerRecordVersion);
        if (!version.ControllersRegister) yield break;
        foreach (var controller in cluster.Controllers.Values) yield return new(controller.ToRecord());
    }

    private static IEnumerable<VersionedRecord> Topics(TopicsImage topics, MetadataVersion version)
    {
        var recordVersion = version.PartitionRecordVersion;
        foreach (var topic in topics.ById.Values)
        {
            yield return new(new TopicRecord { Name = topic.Name, TopicId = topic.Id });
            for (var number = 0; number < topic.PartitionCount; number++)
            {
                if (topic.Partition(number) is { } partition) yield return new(partition.ToRecord(topic.Id, number, recordVersion), recordVersion);
            }
        }
    }

    private static IEnumerable<VersionedRecord> Configs(ConfigsImage configs)
    {
        foreach (var (resource, values) in configs.ByResource)
        {
            foreach (var (name, value) in values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                yield return new(new ConfigRecord { ResourceType = (sbyte)resource.Type, ResourceName = resource.Name, Name = name,
                Value = value });
        }
    }

    private static IEnumerable<VersionedRecord> Quotas(ClientQuotasImage quotas)
    {
        foreach (var (entity, values) in quotas.ByEntity)
        {
            foreach (var (key, value) in values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                yield return new(new ClientQuotaRecord
                {
                    Entity = [.. entity.Parts.Select(part => new ClientQuotaRecord.EntityData { EntityType = part.Type,
                    EntityName = part.Name })], Key = key, Value = value,
                });
            }
        }
    }

    private static IEnumerable<VersionedRecord> ProducerIds(ProducerIdsImage ids)
    {
        if (ids.Last is { } last) yield return new(last);
    }

    private static IEnumerable<VersionedRecord> Security(SecurityImage security)
    {
        foreach (var entry in security.Acls.Values) yield return new(entry);
        foreach (var credential in security.Scram.Values) yield return new(credential);
        foreach (var token in security.Tokens.Values) yield return new(token);
    }
}
