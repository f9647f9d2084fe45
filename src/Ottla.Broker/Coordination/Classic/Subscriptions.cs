using System.Buffers.Binary;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Coordination.Classic;

/// <summary>The topics that a classic group of consumers reads: the one place where the coordinator looks into what members tell each
/// other.</summary>
internal static class Subscriptions
{
    /// <summary>The newest version of both messages.</summary>
    private const short VersionMax = 3;

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
            return ConsumerProtocolSubscription.Read(ref reader, Math.Min(version, VersionMax));
        }
        catch (MalformedMessageException)
        {
            return null;
        }
    }

    /// <summary>Reads an assignment with its leading version. Null: malformed.</summary>
    public static ConsumerProtocolAssignment? ParseAssignment(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var reader = new MessageReader(bytes);
            var version = reader.ReadInt16();
            return version < 0 ? null : ConsumerProtocolAssignment.Read(ref reader, Math.Min(version, VersionMax));
        }
        catch (MalformedMessageException)
        {
            return null;
        }
    }

    /// <summary>An assignment as the member understands it: in the version of its subscription.</summary>
    public static byte[] FormatAssignment(ConsumerProtocolAssignment assignment, ReadOnlySpan<byte> subscription)
    {
        var said = subscription.Length < sizeof(short) ? (short)0 : BinaryPrimitives.ReadInt16BigEndian(subscription);
        var version = Math.Clamp(said, (short)0, VersionMax);
        using var writer = new MessageWriter();
        writer.WriteInt16(version);
        assignment.Write(writer, version);
        return writer.WrittenSpan.ToArray();
    }
}
