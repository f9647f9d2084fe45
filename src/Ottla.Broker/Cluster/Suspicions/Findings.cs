using System.Buffers.Binary;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Cluster.Suspicions;

/// <summary>What a broker tells the controller of other brokers, beside its heartbeat: a tagged field that only Ottla knows.</summary>
/// <remarks>
/// Apache Kafka passes over tags that it does not know, so brokers of either program send heartbeats to controllers of either. A heartbeat
/// without the tag is one of a broker that watches nobody.
/// Layout: version (0), then for each target its id (int32), epoch (int64) and finding (int8).
/// </remarks>
internal static class Findings
{
    /// <summary>Far above the tags that Kafka gives, which count from 0.</summary>
    public const int Tag = 10_001;

    private const byte Version = 0;
    private const int EntryBytes = 4 + 8 + 1;

    /// <summary>As many as a cluster has brokers; more is no honest heartbeat.</summary>
    private const int EntriesMax = 10_000;

    /// <summary>Nothing to tell, by somebody who watches.</summary>
    public static readonly ReadOnlyMemory<byte> None = new byte[] { Version };

    public static ReadOnlyMemory<byte> Write(IReadOnlyList<FoundTarget> found)
    {
        var count = Math.Min(found.Count, EntriesMax);
        var bytes = new byte[1 + (count * EntryBytes)];
        bytes[0] = Version;
        var rest = bytes.AsSpan(1);
        for (var i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(rest, found[i].Id.Value);
            BinaryPrimitives.WriteInt64BigEndian(rest[4..], found[i].Epoch.Value);
            rest[12] = (byte)found[i].Finding;
            rest = rest[EntryBytes..];
        }

        return bytes;
    }

    /// <summary>What a heartbeat's unknown tags tell; null where its sender watches nobody, or speaks a later version of this.</summary>
    /// <exception cref="MalformedMessageException">The tag is there and makes no sense.</exception>
    public static IReadOnlyList<FoundTarget>? Read(IReadOnlyList<UnknownTag>? tags)
    {
        if (tags is null) return null;
        foreach (var tag in tags)
        {
            if (tag.Tag == Tag) return Read(tag.Data.Span);
        }

        return null;
    }

    private static List<FoundTarget>? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0 || bytes[0] != Version) return null;
        var rest = bytes[1..];
        if (rest.Length % EntryBytes != 0 || rest.Length / EntryBytes > EntriesMax)
            throw new MalformedMessageException($"findings of {bytes.Length} bytes");
        var found = new List<FoundTarget>(rest.Length / EntryBytes);
        for (; rest.Length > 0; rest = rest[EntryBytes..])
        {
            var finding = (Finding)rest[12];
            if (finding > Finding.Reached) throw new MalformedMessageException($"finding {rest[12]}");
            found.Add(new(new BrokerId(BinaryPrimitives.ReadInt32BigEndian(rest)), new BrokerEpoch(BinaryPrimitives.ReadInt64BigEndian(rest[4..])), finding));
        }

        return found;
    }
}
