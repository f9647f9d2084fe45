using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>CreatePartitions, key 37, versions 0 to 3: raises the number of partitions of topics.</summary>
/// <remarks>v1 to v3 change only how errors and throttling are told.</remarks>
internal sealed class CreatePartitions : IControllerApi<CreatePartitionsRequest, CreatePartitionsResponse>
{
    public static VersionRange Versions => new(0, 3);

    public static MetadataDecision<CreatePartitionsResponse> Decide(Controller controller, CreatePartitionsRequest request, short version) =>
        controller.Partitions.CreatePartitions(request);

    public static CreatePartitionsResponse Refuse(CreatePartitionsRequest request, short version, ErrorCode error, string? message) =>
        new()
        {
            Results = [.. request.Topics.Select(topic => new CreatePartitionsResponse.CreatePartitionsTopicResult
                { Name = topic.Name, ErrorCode = error, ErrorMessage = message })],
        };
}
