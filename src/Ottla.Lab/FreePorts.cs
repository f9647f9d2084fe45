using Ottla.Runtime.Network;

namespace Ottla.Lab;

/// <summary>Ports for the nodes: those that people know where they are free, others where not.</summary>
/// <remarks>All are held until each is found, so no two are the same; between here and the node's start somebody else may take one, and then that node
/// says so.</remarks>
internal static class FreePorts
{
    /// <summary>Clients of node 1, where Kafka's documentation has them; 2 is the next but one, and so on.</summary>
    public const int FirstClientPort = 9092;

    private const int Step = 10;

    public static IReadOnlyList<(int Client, int Controller)> Find(ITransport transport, int nodes)
    {
        var held = new List<IServerSocket>();
        try
        {
            var ports = new List<(int, int)>();
            for (var at = 0; at < nodes; at++)
            {
                var client = Hold(transport, FirstClientPort + (at * Step), held);
                ports.Add((client, Hold(transport, FirstClientPort + (at * Step) + 1, held)));
            }

            return ports;
        }
        finally
        {
            foreach (var socket in held) socket.Dispose();
        }
    }

    private static int Hold(ITransport transport, int wanted, List<IServerSocket> held)
    {
        IServerSocket socket;
        try
        {
            socket = transport.Listen(LabPlan.Host, wanted, 1);
        }
        catch (IOException)
        {
            socket = transport.Listen(LabPlan.Host, 0, 1);
        }

        held.Add(socket);
        return socket.Port;
    }
}
