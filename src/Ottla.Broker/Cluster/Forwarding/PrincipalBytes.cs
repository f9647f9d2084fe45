using Ottla.Broker.Net;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Cluster.Forwarding;

/// <summary>A principal as nodes hand it to each other in an Envelope: version, type, name, and whether a delegation token proved
/// it.</summary>
internal static class PrincipalBytes
{
    private const short Version = 0;

    public static ReadOnlyMemory<byte> Write(Principal principal)
    {
        using var writer = new MessageWriter();
        writer.WriteInt16(Version);
        writer.WriteString(principal.Type, flexible: true);
        writer.WriteString(principal.Name, flexible: true);
        writer.WriteBool(false);
        writer.WriteUnknownTags(null);
        return writer.WrittenSpan.ToArray();
    }

    /// <exception cref="MalformedMessageException">It is no principal.</exception>
    public static Principal Read(ReadOnlyMemory<byte> bytes)
    {
        var reader = new MessageReader(bytes);
        var version = reader.ReadInt16();
        if (version < Version) throw new MalformedMessageException($"a principal of version {version}");
        return new Principal(reader.ReadString(flexible: true), reader.ReadString(flexible: true));
    }
}
