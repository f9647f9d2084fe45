using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Image;

/// <summary>Gives equal lists one array: ten thousand partitions of one node have all the same replicas, ISR and directories.</summary>
/// <remarks>Owned by the metadata loop, not thread-safe. A direct-mapped cache of fixed size, so it needs neither removal nor bound: a list
/// that pushes another out only costs sharing, never correctness.</remarks>
public sealed class SharedLists
{
    /// <summary>Slots of each cache; clusters place replicas in far fewer ways at a time.</summary>
    private const int Slots = 512;

    private readonly int[]?[] _ids = new int[Slots][];
    private readonly Uuid[]?[] _directories = new Uuid[Slots][];

    public int[] Share(int[] list)
    {
        if (list.Length == 0) return [];
        ref var slot = ref _ids[(uint)StableHash.Of(list) % Slots];
        if (slot is not null && slot.AsSpan().SequenceEqual(list)) return slot;
        return slot = list;
    }

    public Uuid[] Share(Uuid[] list)
    {
        if (list.Length == 0) return [];
        var hash = 0;
        foreach (var id in list) hash = hash * 31 + StableHash.Of(id.High, id.Low);
        ref var slot = ref _directories[(uint)hash % Slots];
        if (slot is not null && slot.AsSpan().SequenceEqual(list)) return slot;
        return slot = list;
    }
}
