using Ottla.Protocol.Primitives;

namespace Ottla.Raft.Voters;

/// <summary>One copy of the metadata log: a node and the directory in which it keeps it (KIP-853). A directory of zero is not known.</summary>
public readonly record struct ReplicaKey(BrokerId Id, Uuid DirectoryId) : IComparable<ReplicaKey>
{
    public static readonly ReplicaKey None = new(BrokerId.None, Uuid.Zero);

    /// <summary>Whether both may be the same copy: an unknown directory goes with any.</summary>
    public bool MayBe(ReplicaKey other) => Id == other.Id && (DirectoryId.IsZero || other.DirectoryId.IsZero || DirectoryId == other.DirectoryId);

    public int CompareTo(ReplicaKey other)
    {
        if (Id != other.Id) return Id.Value.CompareTo(other.Id.Value);
        return DirectoryId.High != other.DirectoryId.High
            ? DirectoryId.High.CompareTo(other.DirectoryId.High)
            : DirectoryId.Low.CompareTo(other.DirectoryId.Low);
    }

    public static bool operator <(ReplicaKey left, ReplicaKey right) => left.CompareTo(right) < 0;

    public static bool operator >(ReplicaKey left, ReplicaKey right) => left.CompareTo(right) > 0;

    public static bool operator <=(ReplicaKey left, ReplicaKey right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ReplicaKey left, ReplicaKey right) => left.CompareTo(right) >= 0;

    // the form in which Apache Kafka's messages show it, which tools pass on to people
    public override string ToString() =>
        DirectoryId.IsZero ? $"ReplicaKey(id={Id}, directoryId=<undefined>)" : $"ReplicaKey(id={Id}, directoryId={DirectoryId})";
}
