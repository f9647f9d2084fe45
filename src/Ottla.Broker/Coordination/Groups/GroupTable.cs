using System.Diagnostics.CodeAnalysis;
using Ottla.Broker.Coordination.Shards;

namespace Ottla.Broker.Coordination.Groups;

/// <summary>The groups of one shard and what all who work on them share. Owned by the shard's loop.</summary>
internal sealed class GroupTable(GroupSettings settings, Deadlines deadlines, ITopicCatalog topics, Random random)
{
    private readonly Dictionary<string, Group> _groups = [];

    public GroupSettings Settings => settings;

    public Deadlines Deadlines => deadlines;

    public ITopicCatalog Topics => topics;

    public Random Random => random;

    public IReadOnlyDictionary<string, Group> All => _groups;

    public bool TryGet<T>(string id, [NotNullWhen(true)] out T? group) where T : Group
    {
        group = _groups.GetValueOrDefault(id) as T;
        return group is not null;
    }

    /// <summary>Puts a group in, in the place of one of that name if there is one.</summary>
    public void Put(Group group) => _groups[group.Id] = group;

    public void Remove(string id) => _groups.Remove(id);

    /// <summary>Characters of <see cref="NewUuid"/>.</summary>
    public const int UuidChars = 36;

    /// <summary>A random UUID (version 4) as Java prints it.</summary>
    public string NewUuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        bytes[6] = (byte)(bytes[6] & 0x0f | 0x40);
        bytes[8] = (byte)(bytes[8] & 0x3f | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }
}
