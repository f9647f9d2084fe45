using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Wire;

/// <summary>A message or stored record, made from a schema.</summary>
/// <remarks>
/// A message that was read borrows its bytes and records from what it was read from: it lives as long as that memory does.
/// </remarks>
public interface IMessage
{
    /// <exception cref="UnsupportedVersionException">A field is set that the version cannot carry and that may not be dropped.</exception>
    void Write(MessageWriter writer, short version);
}

public interface IMessage<TSelf> : IMessage where TSelf : IMessage<TSelf>
{
    static abstract VersionRange Versions { get; }

    /// <summary>Versions with compact lengths and tagged fields (KIP-482).</summary>
    static abstract VersionRange FlexibleVersions { get; }

    /// <exception cref="MalformedMessageException">The bytes are no such message.</exception>
    /// <exception cref="UnsupportedVersionException">There is no such version.</exception>
    static abstract TSelf Read(ref MessageReader reader, short version);
}

public interface IRequest : IMessage;

public interface IRequest<TSelf> : IRequest, IMessage<TSelf> where TSelf : IRequest<TSelf>
{
    static abstract ApiKey ApiKey { get; }
}

public interface IResponse : IMessage;

public interface IResponse<TSelf> : IResponse, IMessage<TSelf> where TSelf : IResponse<TSelf>
{
    static abstract ApiKey ApiKey { get; }
}

/// <summary>A response with one error code for all of it, in some of its versions at least.</summary>
public interface IErrorResponse : IResponse
{
    VersionRange ErrorVersions { get; }

    ErrorCode ErrorCode { get; set; }
}

/// <summary>A record that is stored under a key: of the metadata log, of a coordinator's log, of tiered storage.</summary>
public interface IStoredRecord<TSelf> : IMessage<TSelf> where TSelf : IStoredRecord<TSelf>
{
    /// <summary>The number that says which record it is.</summary>
    static abstract short RecordKey { get; }
}
