using Ottla.Broker.Coordination.Shards;
using Ottla.Protocol.Messages;

namespace Ottla.Broker.Coordination.Classic;

/// <summary>An assignment strategy that a member supports, and what the member tells the strategy.</summary>
internal readonly record struct ClassicProtocol(string Name, byte[] Metadata)
{
    public static bool AreSame(IReadOnlyList<ClassicProtocol> left, IReadOnlyList<ClassicProtocol> right)
    {
        if (left.Count != right.Count) return false;
        for (var i = 0; i < left.Count; i++)
        {
            if (left[i].Name != right[i].Name || !left[i].Metadata.AsSpan().SequenceEqual(right[i].Metadata)) return false;
        }
        return true;
    }
}

/// <summary>A member of a classic group. Owned by its shard's loop; its bytes are copies, since a request's frame does not outlive the
/// request.</summary>
internal sealed class ClassicMember(string id, string? instanceId, string clientId, string clientHost, string protocolType)
{
    public string Id => id;

    public string? InstanceId => instanceId;

    public string ClientId => clientId;

    public string ClientHost => clientHost;

    public string ProtocolType => protocolType;

    public required int RebalanceTimeoutMs { get; set; }

    public required int SessionTimeoutMs { get; set; }

    /// <summary>In order of preference.</summary>
    public required IReadOnlyList<ClassicProtocol> Protocols { get; set; }

    public byte[] Assignment { get; set; } = [];

    /// <summary>Until its first join is answered: it may be put out while it waits, since nobody may be there to hear the answer.</summary>
    public bool IsNew { get; set; }

    public Reply<JoinGroupResponse>? Joining { get; set; }

    public Reply<SyncGroupResponse>? Syncing { get; set; }

    /// <summary>Whether the member is as good as heard: the coordinator owes it an answer.</summary>
    public bool IsOwedAnAnswer => !IsNew && (Joining is not null || Syncing is not null);

    public byte[] MetadataOf(string protocol)
    {
        foreach (var own in Protocols)
        {
            if (own.Name == protocol) return own.Metadata;
        }
        return [];
    }

    /// <summary>Its vote: the first of its protocols that everybody supports.</summary>
    public string VoteAmong(HashSet<string> candidates)
    {
        foreach (var own in Protocols)
        {
            if (candidates.Contains(own.Name)) return own.Name;
        }
        return "";
    }

    public bool Matches(IReadOnlyList<ClassicProtocol> others) => ClassicProtocol.AreSame(Protocols, others);

    /// <summary>The same member under the id that its replacement got.</summary>
    public ClassicMember WithId(string newId) => new(newId, instanceId, clientId, clientHost, protocolType)
    {
        RebalanceTimeoutMs = RebalanceTimeoutMs,
        SessionTimeoutMs = SessionTimeoutMs,
        Protocols = Protocols,
        Assignment = Assignment,
    };
}
