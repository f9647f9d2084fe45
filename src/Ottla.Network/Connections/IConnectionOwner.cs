using Ottla.Network.Links;

namespace Ottla.Network.Connections;

/// <summary>Whoever opened a connection and hears how it goes. Called on the thread that found out, outside of locks.</summary>
public interface IConnectionOwner
{
    /// <summary>The peer answered a request.</summary>
    void Answered();

    /// <summary>The connection ended, and not because its owner closed it.</summary>
    void Ended(LinkError why);
}
