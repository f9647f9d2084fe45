using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Broker.Cluster.Controllers;
using Ottla.Network;
using Ottla.Network.Tests;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;
using Ottla.Runtime.Network;

namespace Ottla.Broker.Tests.Cluster.Controllers;

/// <summary>Controllers on ports of their number, each of which answers as the test says.</summary>
/// <param name="answer">The answer of the controller of that number; null is none.</param>
internal sealed class ScriptedControllers(Func<int, RequestHeader, ReadOnlyMemory<byte>, IMessage?> answer) : ITransport
{
    /// <summary>Controllers that refuse.</summary>
    public HashSet<int> Down { get; } = [];

    public List<int> Asked { get; } = [];

    /// <summary>The versions of each API.</summary>
    public Func<ApiKey, VersionRange?> Served { get; set; } = key => ApiMessages.Find(key)?.StableVersions;

    public static ControllerSeat Seat(int id, int epoch = 1) => new(new BrokerId(id), new LeaderEpoch(epoch), new NodeAddress("controller", id), IsSelf: false);

    public ControllerChannel Channel(ActiveController active, TimeProvider time) =>
        new("a test", new BrokerId(9), active, null, [], new NetworkPlatform(this, time, new Random(1)), NullLogger.Instance);

    public IServerSocket Listen(string host, int port, int backlog) => throw new NotSupportedException();

    public ValueTask<IByteStream> Connect(string host, int port, CancellationToken cancellation)
    {
        if (Down.Contains(port)) throw new ConnectException(ConnectFault.Refused, $"controller {port} is down");
        return new ScriptedPeer((header, body) => Answer(port, header, body) is { } message ? ScriptedPeer.Frame(header, message, header.ApiVersion) : null)
            .Connect(host, port, cancellation);
    }

    private IMessage? Answer(int controller, RequestHeader header, ReadOnlyMemory<byte> body)
    {
        if (header.ApiKey != ApiKey.ApiVersions)
        {
            lock (Asked) Asked.Add(controller);
            return answer(controller, header, body);
        }

        var versions = new ApiVersionsResponse();
        foreach (var api in ApiMessages.All)
        {
            if (Served(api.Key) is { } served) versions.ApiKeys.Add(new() { ApiKey = (short)api.Key, MinVersion = served.Min, MaxVersion = served.Max });
        }

        return versions;
    }
}
