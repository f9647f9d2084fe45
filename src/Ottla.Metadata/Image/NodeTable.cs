using System.Diagnostics.CodeAnalysis;

namespace Ottla.Metadata.Image;

/// <summary>Nodes by their number, in its order. Immutable; made for the few nodes of a cluster, a change copies it.</summary>
public sealed class NodeTable<TNode>
    where TNode : class
{
    public static readonly NodeTable<TNode> Empty = new([], []);

    private readonly int[] _ids;
    private readonly TNode[] _nodes;

    private NodeTable(int[] ids, TNode[] nodes)
    {
        _ids = ids;
        _nodes = nodes;
    }

    public int Count => _ids.Length;

    public bool IsEmpty => _ids.Length == 0;

    public IReadOnlyList<int> Keys => _ids;

    public IReadOnlyList<TNode> Values => _nodes;

    public TNode this[int id] => GetValueOrDefault(id) ?? throw new KeyNotFoundException($"There is no node {id}");

    public bool ContainsKey(int id) => Array.BinarySearch(_ids, id) >= 0;

    /// <summary>The node; null where there is none of that number.</summary>
    public TNode? GetValueOrDefault(int id) => Array.BinarySearch(_ids, id) is var index and >= 0 ? _nodes[index] : null;

    public bool TryGetValue(int id, [NotNullWhen(true)] out TNode? node)
    {
        node = GetValueOrDefault(id);
        return node is not null;
    }

    /// <summary>The table with that node under that number.</summary>
    public NodeTable<TNode> SetItem(int id, TNode node)
    {
        var index = Array.BinarySearch(_ids, id);
        return index >= 0
            ? new NodeTable<TNode>(_ids, [.. _nodes[..index], node, .. _nodes[(index + 1)..]])
            : new NodeTable<TNode>([.. _ids[..~index], id, .. _ids[~index..]], [.. _nodes[..~index], node, .. _nodes[~index..]]);
    }

    /// <summary>The table without that number.</summary>
    public NodeTable<TNode> Remove(int id)
    {
        var index = Array.BinarySearch(_ids, id);
        return index < 0
            ? this
            : new NodeTable<TNode>([.. _ids[..index], .. _ids[(index + 1)..]], [.. _nodes[..index], .. _nodes[(index + 1)..]]);
    }
}
