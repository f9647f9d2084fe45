namespace Ottla.Broker.Coordination.Consumer;

/// <summary>The next step of a member towards its target: give up, wait, or have (KIP-848). Pure: from what is known to the member as it
/// shall be.</summary>
/// <param name="Member">The member as it is, with its newest subscription.</param>
/// <param name="TargetEpoch">Epoch of the target assignment.</param>
/// <param name="Target">What the member shall have.</param>
/// <param name="SubscribedTopics">Tells of a topic's id whether the member reads it; what it does not read any more it gives up at
/// once.</param>
/// <param name="SubscriptionChanged">The member has just changed what it reads.</param>
/// <param name="OwnerOf">Who has a partition or has yet to give it up; null for nobody.</param>
/// <param name="Owned">What the member says that it has; null when it did not say.</param>
internal sealed record Reconciliation(
    ConsumerMember Member, int TargetEpoch, IReadOnlySet<TopicIdPartition> Target, Func<TopicIdPartition, bool> SubscribedTopics,
    bool SubscriptionChanged, Func<TopicIdPartition, string?> OwnerOf, IReadOnlySet<TopicIdPartition>? Owned)
{
    /// <summary>Null: the member is in a state that nobody knows and has to join again.</summary>
    public ConsumerMember? Next() => Member.State switch
    {
        MemberState.Stable when Member.Epoch != TargetEpoch => TowardsTarget(Member.Epoch),
        MemberState.Stable => SubscriptionChanged ? WithoutUnsubscribed() : Member,
        MemberState.UnrevokedPartitions when StillOwns(Member.PendingRevocation.Keys) => SubscriptionChanged ? WithoutUnsubscribed() : Member,
        MemberState.UnrevokedPartitions or MemberState.UnreleasedPartitions => TowardsTarget(Member.Epoch),
        _ => Owned is { Count: 0 } ? TowardsTarget(TargetEpoch) : null,
    };

    private ConsumerMember TowardsTarget(int epochWhileRevoking)
    {
        Dictionary<TopicIdPartition, int> kept = [];
        Dictionary<TopicIdPartition, int> revoked = [];
        foreach (var (partition, since) in Member.Assigned)
        {
            if (Target.Contains(partition) && SubscribedTopics(partition)) kept[partition] = since;
            else revoked[partition] = since;
        }
        if (revoked.Count > 0 && StillOwns(revoked.Keys)) return Revoking(epochWhileRevoking, kept, revoked);

        var waits = false;
        foreach (var partition in Target)
        {
            if (kept.ContainsKey(partition) || !SubscribedTopics(partition)) continue;
            if (OwnerOf(partition) is { } owner && owner != Member.Id) waits = true;
            else kept[partition] = TargetEpoch;
        }
        return At(TargetEpoch) with
        {
            State = waits ? MemberState.UnreleasedPartitions : MemberState.Stable,
            Assigned = kept,
            PendingRevocation = ConsumerMember.None,
        };
    }

    /// <summary>The target is not there yet, but partitions of topics that the member has left can go.</summary>
    private ConsumerMember WithoutUnsubscribed()
    {
        var left = Member.Assigned.Where(p => !SubscribedTopics(p.Key)).ToList();
        if (left.Count == 0) return Member;
        var kept = Member.Assigned.Where(p => SubscribedTopics(p.Key)).ToDictionary();
        var revoked = Member.PendingRevocation.Concat(left).ToDictionary();
        return StillOwns(revoked.Keys) ? Revoking(Member.Epoch, kept, revoked) : At(Member.Epoch) with { Assigned = kept };
    }

    private ConsumerMember Revoking(int epoch, Dictionary<TopicIdPartition, int> kept, Dictionary<TopicIdPartition, int> revoked) =>
        At(epoch) with { State = MemberState.UnrevokedPartitions, Assigned = kept, PendingRevocation = revoked };

    private ConsumerMember At(int epoch) => Member with { PreviousEpoch = Member.Epoch, Epoch = epoch };

    /// <summary>A member that does not say what it has, has everything.</summary>
    private bool StillOwns(IEnumerable<TopicIdPartition> partitions) => Owned is null || partitions.Any(Owned.Contains);
}
