namespace Ottla.Protocol.Primitives;

/// <summary>Number of a node, broker or controller (`node.id`); -1 is none.</summary>
public readonly record struct BrokerId(int Value)
{
    public static readonly BrokerId None = new(-1);

    public override string ToString() => Value.ToString();
}

/// <summary>One incarnation of a broker's registration: the offset of its record in the metadata log (KIP-631).</summary>
public readonly record struct BrokerEpoch(long Value)
{
    public static readonly BrokerEpoch None = new(-1);

    public override string ToString() => Value.ToString();
}

/// <summary>Counts the leaders of a partition (KIP-101); -1 is unknown.</summary>
public readonly record struct LeaderEpoch(int Value) : IComparable<LeaderEpoch>
{
    public static readonly LeaderEpoch None = new(-1);

    public int CompareTo(LeaderEpoch other) => Value.CompareTo(other.Value);

    public static bool operator <(LeaderEpoch left, LeaderEpoch right) => left.Value < right.Value;

    public static bool operator >(LeaderEpoch left, LeaderEpoch right) => left.Value > right.Value;

    public static bool operator <=(LeaderEpoch left, LeaderEpoch right) => left.Value <= right.Value;

    public static bool operator >=(LeaderEpoch left, LeaderEpoch right) => left.Value >= right.Value;

    public override string ToString() => Value.ToString();
}

/// <summary>Identity of an idempotent or transactional producer (KIP-98); -1 is none.</summary>
public readonly record struct ProducerId(long Value)
{
    public static readonly ProducerId None = new(-1);

    public override string ToString() => Value.ToString();
}
