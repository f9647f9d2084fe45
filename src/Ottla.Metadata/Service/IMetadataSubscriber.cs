using Ottla.Metadata.Image;

namespace Ottla.Metadata.Service;

/// <summary>Whoever acts on committed metadata: the broker makes and deletes partitions, reads configs and quotas anew.</summary>
public interface IMetadataSubscriber
{
    /// <summary>Something was committed. Runs on the metadata loop, in the order of the log, before the request that caused it is answered;
    /// so it must be quick and must not wait. The first call brings everything, from <see cref="MetadataImage.Empty"/>.</summary>
    void Publish(MetadataImage old, MetadataImage image, MetadataDelta delta);
}
