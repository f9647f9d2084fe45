using Ottla.Broker.Cluster;
using Ottla.Metadata.Control;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>DeleteTopics, key 20, versions 1 to 6: deletes topics by name or id.</summary>
/// <remarks>
/// v3: TOPIC_DELETION_DISABLED where `delete.topic.enable` is off, INVALID_REQUEST before. v6: by id too (KIP-516).
/// The directories are renamed at once and their files go after `file.delete.delay.ms`.
/// </remarks>
internal sealed class DeleteTopics : IControllerApi<DeleteTopicsRequest, DeleteTopicsResponse>
{
    public static VersionRange Versions => new(1, 6);

    public static MetadataDecision<DeleteTopicsResponse> Decide(Controller controller, DeleteTopicsRequest request, short version) =>
        controller.Topics.DeleteTopics(request, version);

    public static DeleteTopicsResponse Refuse(DeleteTopicsRequest request, short version, ErrorCode error, string? message) =>
        new()
        {
            Responses =
            [
                .. request.TopicNames.Select(name => new DeleteTopicsResponse.DeletableTopicResult { Name = name, ErrorCode = error,
                ErrorMessage = message }),
                .. request.Topics.Select(topic => new DeleteTopicsResponse.DeletableTopicResult
                    { Name = topic.Name, TopicId = topic.TopicId, ErrorCode = error, ErrorMessage = message }),
            ],
        };
}
