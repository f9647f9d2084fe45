using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>CreateTopics, key 19, versions 2 to 7: makes topics, each with its partitions or not at all.</summary>
/// <remarks>v5: the answer tells partitions, replication factor and configs (KIP-525). v7: and the topic's id (KIP-516).
/// The answer comes when the topics are in the metadata log and their partitions are led here, so a client may produce at once.</remarks>
internal sealed class CreateTopics : IControllerApi<CreateTopicsRequest, CreateTopicsResponse>
{
    public static VersionRange Versions => new(2, 7);

    public static MetadataDecision<CreateTopicsResponse> Decide(Controller controller, CreateTopicsRequest request, short version) =>
        controller.Topics.CreateTopics(request);

    public static CreateTopicsResponse Refuse(CreateTopicsRequest request, short version, ErrorCode error, string? message) =>
        new()
        {
            Topics = [.. request.Topics.Select(topic => new CreateTopicsResponse.CreatableTopicResult
                { Name = topic.Name, ErrorCode = error, ErrorMessage = message, Configs = [] })],
        };
}
