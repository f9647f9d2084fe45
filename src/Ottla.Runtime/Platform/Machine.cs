using System.Net;
using System.Net.Sockets;

namespace Ottla.Runtime.Platform;

/// <summary>What this machine gives that no two have alike.</summary>
public static class Machine
{
    /// <summary>The canonical name under which others are told to connect, where nobody gave one; the plain name where the resolver knows no
    /// other. Asks the system's resolver and may wait for it: for starts and tools, and only where an address was left open.</summary>
    public static string HostName
    {
        get
        {
            var name = Dns.GetHostName();
            try
            {
                return Dns.GetHostEntry(name).HostName;
            }
            catch (SocketException)
            {
                return name;
            }
        }
    }

    /// <summary>Chance that nobody foresees: for the composition root, which hands it down.</summary>
    public static Random NewRandom() => new();
}
