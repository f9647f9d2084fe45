using Ottla.Protocol.Messages;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Coordination.Classic;

/// <summary>The topics that a classic group of consumers reads: the one place where the coordinator looks into what members tell each
/// other.</summary>
internal static class Subscriptions
{
    /// <summary>Null: not a group of consumers, or a member's subscription can't be read.</summary>
    public static HashSet<string>? Of(ClassicGroup group)
    {
        if (!group.UsesConsumerProtocol) return null;
        if (group.Members.Count == 0) return [];
        if (group.ProtocolName is null) return null;
        HashSet<string> topics = [];
        foreach (var member in group.Members.Values)
        {
            if (Parse(member.MetadataOf(group.ProtocolName)) is not { } subscription) return null;
            topics.UnionWith(subscription.Topics);
        }
        return topics;
    }

    /// <summary>Reads a subscription with its leading version; a version newer than we know is read as the newest that we know. Null:
    /// malformed.</summary>
    public static ConsumerProtocolSubscription? Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var reader = new MessageReader(bytes);
            var version = reader.ReadInt16();
            if (version < 0) return null;
            return ConsumerProtocolSubscription.Read(ref reader, Math.Min(version, (short)3));
        }
        catch (MalformedMessageException)
        {
            return null;
        }
    }
}
