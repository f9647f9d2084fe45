using Ottla.Network.Links;

namespace Ottla.Network.Connections;

/// <summary>What came of opening a connection: one of the two.</summary>
public readonly record struct Opened
{
    public Opened(Connection connection) => Connection = connection;

    public Opened(LinkError error) => Error = error;

    public Connection? Connection { get; }

    public LinkError? Error { get; }
}
