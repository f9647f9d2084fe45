namespace Ottla.Broker.Cluster;

/// <summary>Topics that the broker itself writes to.</summary>
internal static class TopicNames
{
    public const string ConsumerOffsets = "__consumer_offsets";
    public const string TransactionState = "__transaction_state";
    public const string ShareGroupState = "__share_group_state";

    public static bool IsInternal(string name) => name is ConsumerOffsets or TransactionState or ShareGroupState;
}
