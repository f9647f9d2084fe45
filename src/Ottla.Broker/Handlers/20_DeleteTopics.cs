using Ottla.Broker.Cluster;
using Ottla.Broker.Net;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Handlers;

/// <summary>DeleteTopics, key 20, versions 1 to 6: deletes topics by name or id.</summary>
/// <remarks>
/// v3: TOPIC_DELETION_DISABLED where `delete.topic.enable` is off, INVALID_REQUEST before. v6: by id too (KIP-516).
/// The directories are renamed at once and their files go after `file.delete.delay.ms`.
/// </remarks>
internal sealed class DeleteTopics(ControllerLink controller, DynamicSettings settings) : IHandler<DeleteTopicsRequest, DeleteTopicsResponse>
{
    public static VersionRange Versions => new(1, 6);

    public async ValueTask<DeleteTopicsResponse?> Handle(DeleteTopicsRequest request, RequestContext context)
    {
        if (!settings.Current.Topics.DeleteTopicEnable) return Disabled(request, context.ApiVersion < 3 ? ErrorCode.InvalidRequest : ErrorCode.TopicDeletionDisabled);
        return await controller.Run(brain => brain.DeleteTopics(request)).ConfigureAwait(false);
    }

    private static DeleteTopicsResponse Disabled(DeleteTopicsRequest request, ErrorCode error)
    {
        var response = new DeleteTopicsResponse();
        foreach (var name in request.TopicNames) response.Responses.Add(new() { Name = name, ErrorCode = error });
        foreach (var topic in request.Topics) response.Responses.Add(new() { Name = topic.Name, TopicId = topic.TopicId, ErrorCode = error });
        return response;
    }
}
