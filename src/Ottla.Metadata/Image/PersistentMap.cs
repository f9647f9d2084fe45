using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Image;

/// <summary>One key of a <see cref="PersistentMap{TKey,TValue}"/> with its value.</summary>
public sealed class PersistentEntry<TKey, TValue>
{
    internal PersistentEntry(uint hash, TKey key, TValue value, PersistentEntry<TKey, TValue>? next)
    {
        Hash = hash;
        Key = key;
        Value = value;
        Next = next;
    }

    public TKey Key { get; }

    public TValue Value { get; }

    internal uint Hash { get; }

    /// <summary>Another key of the same hash.</summary>
    internal PersistentEntry<TKey, TValue>? Next { get; }

    public void Deconstruct(out TKey key, out TValue value)
    {
        key = Key;
        value = Value;
    }
}

/// <summary>An immutable map: a change copies the few nodes on the way to the key and shares all others with the map before.</summary>
/// <remarks>
/// A trie over the bits of the key's hash, 32 ways at each node, with room only for the ways that are taken. Any thread may read. The order
/// of a walk is that of the hashes: the same in every process, so keys must have stable ones (<see cref="StableHash"/>; strings are seen to
/// here).
/// Why not System.Collections.Immutable: it takes twice the memory (here a key costs one object of some 50 bytes and 8 bytes of node), and
/// wherever program and framework are not compiled ahead as one image, its types over our own structs are compiled anew at each start:
/// several hundred methods.
/// </remarks>
public sealed class PersistentMap<TKey, TValue> : IEnumerable<PersistentEntry<TKey, TValue>>
    where TKey : notnull, IEquatable<TKey>
    where TValue : class
{
    public static readonly PersistentMap<TKey, TValue> Empty = new(new Node(0, []), 0);

    /// <summary>Bits of the hash that one node looks at.</summary>
    private const int Bits = 5;

    private readonly Node _root;

    private PersistentMap(Node root, int count)
    {
        _root = root;
        Count = count;
    }

    public int Count { get; }

    public bool IsEmpty => Count == 0;

    public IEnumerable<TKey> Keys
    {
        get
        {
            foreach (var entry in this) yield return entry.Key;
        }
    }

    public IEnumerable<TValue> Values
    {
        get
        {
            foreach (var entry in this) yield return entry.Value;
        }
    }

    public TValue this[TKey key] => GetValueOrDefault(key) ?? throw new KeyNotFoundException($"There is no {key}");

    public bool TryGetValue(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        value = GetValueOrDefault(key);
        return value is not null;
    }

    public bool ContainsKey(TKey key) => GetValueOrDefault(key) is not null;

    /// <summary>The value; null where the key is not there.</summary>
    public TValue? GetValueOrDefault(TKey key)
    {
        var hash = HashOf(key);
        var node = _root;
        for (var rest = hash; ; rest >>= Bits)
        {
            var bit = 1u << (int)(rest & 31);
            if ((node.Bitmap & bit) == 0) return null;
            var slot = node.Slots[node.Index(bit)];
            if (slot is Node child)
            {
                node = child;
                continue;
            }

            for (var entry = (PersistentEntry<TKey, TValue>?)slot; entry is not null; entry = entry.Next)
            {
                if (entry.Hash == hash && entry.Key.Equals(key)) return entry.Value;
            }

            return null;
        }
    }

    /// <summary>The map with the key at that value.</summary>
    public PersistentMap<TKey, TValue> SetItem(TKey key, TValue value)
    {
        var added = true;
        var root = Set(_root, new PersistentEntry<TKey, TValue>(HashOf(key), key, value, null), 0, ref added);
        return new PersistentMap<TKey, TValue>(root, added ? Count + 1 : Count);
    }

    /// <summary>The map without the key; the same map where it is not there.</summary>
    public PersistentMap<TKey, TValue> Remove(TKey key)
    {
        if (!ContainsKey(key)) return this;
        return Count == 1 ? Empty : new PersistentMap<TKey, TValue>(Drop(_root, HashOf(key), key, 0), Count - 1);
    }

    public IEnumerator<PersistentEntry<TKey, TValue>> GetEnumerator() => Walk(_root).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static IEnumerable<PersistentEntry<TKey, TValue>> Walk(Node root)
    {
        var stack = new Stack<Node>();
        stack.Push(root);
        while (stack.TryPop(out var node))
        {
            foreach (var slot in node.Slots)
            {
                if (slot is Node child) stack.Push(child);
                else
                {
                    for (var entry = (PersistentEntry<TKey, TValue>?)slot; entry is not null; entry = entry.Next) yield return entry;
                }
            }
        }
    }

    private static Node Set(Node node, PersistentEntry<TKey, TValue> entry, int shift, ref bool added)
    {
        var bit = 1u << (int)((entry.Hash >> shift) & 31);
        var index = node.Index(bit);
        if ((node.Bitmap & bit) == 0) return node.Insert(bit, index, entry);
        if (node.Slots[index] is Node child) return node.Replace(index, Set(child, entry, shift + Bits, ref added));
        var there = (PersistentEntry<TKey, TValue>)node.Slots[index];
        if (there.Hash != entry.Hash) return node.Replace(index, Split(there, entry, shift + Bits));
        var others = Without(there, entry.Key, out var found);
        added = !found;
        return node.Replace(index, others is null ? entry : new PersistentEntry<TKey, TValue>(entry.Hash, entry.Key, entry.Value, others));
    }

    /// <summary>A node with two entries of different hashes.</summary>
    private static Node Split(PersistentEntry<TKey, TValue> first, PersistentEntry<TKey, TValue> second, int shift)
    {
        Invariant.That(shift < 32);
        var (a, b) = ((int)((first.Hash >> shift) & 31), (int)((second.Hash >> shift) & 31));
        if (a == b) return new Node(1u << a, [Split(first, second, shift + Bits)]);
        return new Node(1u << a | 1u << b, a < b ? [first, second] : [second, first]);
    }

    private static Node Drop(Node node, uint hash, TKey key, int shift)
    {
        var bit = 1u << (int)((hash >> shift) & 31);
        var index = node.Index(bit);
        if (node.Slots[index] is Node child)
        {
            var rest = Drop(child, hash, key, shift + Bits);
            return rest.Bitmap == 0 ? node.Delete(bit, index) : node.Replace(index, rest);
        }

        var others = Without((PersistentEntry<TKey, TValue>)node.Slots[index], key, out _);
        return others is null ? node.Delete(bit, index) : node.Replace(index, others);
    }

    /// <summary>A chain of entries of one hash without one key.</summary>
    private static PersistentEntry<TKey, TValue>? Without(PersistentEntry<TKey, TValue>? chain, TKey key, out bool found)
    {
        found = false;
        PersistentEntry<TKey, TValue>? rest = null;
        for (; chain is not null; chain = chain.Next)
        {
            if (chain.Key.Equals(key)) found = true;
            else rest = new PersistentEntry<TKey, TValue>(chain.Hash, chain.Key, chain.Value, rest);
        }

        return rest;
    }

    /// <summary>Spreads the hash, so that its low bits, which decide first, depend on all.</summary>
    private static uint HashOf(TKey key)
    {
        var hash = (uint)(key is string text ? StableHash.Of(text) : key.GetHashCode()) * 0x9E3779B9;
        return hash ^ hash >> 15;
    }

    private sealed class Node(uint bitmap, object[] slots)
    {
        public uint Bitmap => bitmap;

        public object[] Slots => slots;

        public int Index(uint bit) => BitOperations.PopCount(bitmap & (bit - 1));

        public Node Insert(uint bit, int index, object slot)
        {
            var copy = new object[slots.Length + 1];
            Array.Copy(slots, copy, index);
            copy[index] = slot;
            Array.Copy(slots, index, copy, index + 1, slots.Length - index);
            return new Node(bitmap | bit, copy);
        }

        public Node Replace(int index, object slot)
        {
            var copy = (object[])slots.Clone();
            copy[index] = slot;
            return new Node(bitmap, copy);
        }

        public Node Delete(uint bit, int index)
        {
            var copy = new object[slots.Length - 1];
            Array.Copy(slots, copy, index);
            Array.Copy(slots, index + 1, copy, index, copy.Length - index);
            return new Node(bitmap & ~bit, copy);
        }
    }
}
