using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Wire;

/// <summary>
/// What stands before each request. By hand, not from a schema: its version follows from the key and version that it carries itself.
/// </summary>
/// <param name="ClientId">Not compact even in the flexible header, so that any version of it can be read up to here.</param>
/// <param name="UnknownTags">Flexible header only.</param>
public readonly record struct RequestHeader(ApiKey ApiKey, short ApiVersion, int CorrelationId, string? ClientId,
    List<UnknownTag>? UnknownTags = null)
{
    /// <summary>Reads the header in the version that its API key and version ask for.</summary>
    /// <exception cref="MalformedMessageException">The bytes are no header.</exception>
    public static RequestHeader Read(ref MessageReader reader)
    {
        var key = (ApiKey)reader.ReadInt16();
        var version = reader.ReadInt16();
        return Read(ref reader, key, version, HeaderVersions.OfRequest(key, version));
    }

    /// <summary>Reads the header in a version of the header itself.</summary>
    public static RequestHeader Read(ref MessageReader reader, short headerVersion) =>
        Read(ref reader, (ApiKey)reader.ReadInt16(), reader.ReadInt16(), headerVersion);

    /// <summary>Writes the header in the version that its API key and version ask for.</summary>
    public void Write(MessageWriter writer) => Write(writer, HeaderVersions.OfRequest(ApiKey, ApiVersion));

    public void Write(MessageWriter writer, short headerVersion)
    {
        writer.WriteInt16((short)ApiKey);
        writer.WriteInt16(ApiVersion);
        writer.WriteInt32(CorrelationId);
        writer.WriteNullableString(ClientId, flexible: false);
        if (headerVersion >= 2) writer.WriteUnknownTags(UnknownTags);
    }

    private static RequestHeader Read(ref MessageReader reader, ApiKey key, short version, short headerVersion)
    {
        var correlationId = reader.ReadInt32();
        var clientId = reader.ReadNullableString(flexible: false);
        return new RequestHeader(key, version, correlationId, clientId, headerVersion >= 2 ? TagReader.ReadUnknown(ref reader) : null);
    }
}
