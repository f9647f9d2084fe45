namespace Ottla.Protocol.Wire;

/// <summary>What stands before each response. Which version: <see cref="HeaderVersions.OfResponse"/>.</summary>
public readonly record struct ResponseHeader(int CorrelationId, List<UnknownTag>? UnknownTags = null)
{
    public static ResponseHeader Read(ref MessageReader reader, bool flexible)
    {
        var correlationId = reader.ReadInt32();
        return new ResponseHeader(correlationId, flexible ? TagReader.ReadUnknown(ref reader) : null);
    }

    public static void Write(MessageWriter writer, int correlationId, bool flexible) =>
        new ResponseHeader(correlationId).Write(writer, flexible);

    public void Write(MessageWriter writer, bool flexible)
    {
        writer.WriteInt32(CorrelationId);
        if (flexible) writer.WriteUnknownTags(UnknownTags);
    }
}
