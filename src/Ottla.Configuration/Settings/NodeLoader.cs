using System.Globalization;
using Ottla.Configuration.Effective;
using Ottla.Protocol.Primitives;

namespace Ottla.Configuration.Settings;

/// <summary>
/// Makes <see cref="NodeSettings"/> of a static config, with the checks that Kafka makes between roles, listeners and voters.
/// </summary>
internal sealed class NodeLoader(EffectiveConfig config, Findings findings)
{
    private readonly ConfigReader _reader = new(config);

    public NodeSettings? Load()
    {
        var id = _reader.Int("node.id");
        if (_reader.Int("broker.id") is var brokerId && brokerId != id && brokerId != -1)
            findings.Refuse("broker.id", $"it must be the same as node.id, which is {id}");
        if (id < 0) findings.Refuse("node.id", "a whole number from 0 to 2147483647");
        var roles = _reader.List("process.roles");
        if (roles.Count == 0) findings.Refuse("process.roles", "a list of broker, controller");
        var isBroker = roles.Contains("broker");
        var isController = roles.Contains("controller");
        var voters = LoadVoters(new BrokerId(id), isController);
        var self = voters.Find(voter => voter.Id.Value == id);
        var listeners = new ListenersLoader(config, findings, isBroker, isController) { Self = self }.Load();
        var servers = LoadBootstrapServers();
        if (!isController && _reader.Bool("controller.quorum.auto.join.enable"))
            findings.Refuse("controller.quorum.auto.join.enable", "only a node with the role controller can join the voters");
        if (voters.Count == 0 && servers.Count == 0 && findings.Errors.Count == 0)
            findings.Refuse("controller.quorum.voters", "a node needs its controllers, here or in controller.quorum.bootstrap.servers");
        var directories = LoadDirectories();
        var http = LoadHttpListener(listeners?.All);
        if (findings.Errors.Count > 0 || listeners is null) return null;
        return new NodeSettings
        {
            Id = new BrokerId(id),
            Rack = _reader.Text("broker.rack"),
            IsBroker = isBroker,
            IsController = isController,
            Listeners = listeners.All,
            ControllerListenerNames = listeners.ControllerNames,
            AdvertisedListeners = listeners.Advertised,
            AdvertisedControllerListeners = listeners.AdvertisedControllers,
            InterBrokerListenerName = listeners.InterBrokerName,
            Voters = voters,
            BootstrapServers = servers,
            LogDirs = directories,
            MetadataLogDir = _reader.Text("metadata.log.dir") ?? directories[0],
            HttpListener = http,
            OwnLogDir = config.Static["ottla.log.dir"] is { Length: > 0 } directory ? directory : null,
        };
    }

    private List<StaticVoter> LoadVoters(BrokerId self, bool isController)
    {
        const string name = "controller.quorum.voters";
        var voters = new List<StaticVoter>();
        foreach (var item in _reader.List(name))
        {
            var at = item.IndexOf('@');
            var address = at < 1 ? null : ParseAddress(item[(at + 1)..]);
            if (address is null || !int.TryParse(item.AsSpan(0, at), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                findings.Refuse(name, $"{item} is not ID@HOST:PORT");
                return [];
            }

            if (voters.Exists(voter => voter.Id.Value == id)) findings.Refuse(name, $"node {id} is there twice");
            voters.Add(new StaticVoter(new BrokerId(id), address.Host, address.Port));
        }

        var isVoter = voters.Exists(voter => voter.Id == self);
        if (voters.Count > 0 && isController && !isVoter)
            findings.Refuse(name, $"node {self} has the role controller, so it must be one of the voters");
        if (isVoter && !isController)
            findings.Refuse(name, $"node {self} has not the role controller, so it must not be one of the voters");
        return voters;
    }

    private List<HostAndPort> LoadBootstrapServers()
    {
        const string name = "controller.quorum.bootstrap.servers";
        var servers = new List<HostAndPort>();
        foreach (var item in _reader.List(name))
        {
            if (ParseAddress(item) is { } address) servers.Add(address);
            else findings.Refuse(name, $"{item} is not HOST:PORT");
        }

        return servers;
    }

    // the first of several names for one directory holds: Kafka counts an item of a list once
    private IReadOnlyList<string> LoadDirectories() => _reader.List(config.Static["log.dirs"] is null ? "log.dir" : "log.dirs");

    private HostAndPort? LoadHttpListener(IReadOnlyList<ListenerAddress>? listeners)
    {
        const string name = "ottla.http.listener";
        if (config.Static[name]?.Trim() is not { Length: > 0 } text) return null;
        if (ParseAddress(text) is not { } address)
        {
            findings.Refuse(name, "HOST:PORT, or nothing to switch it off");
            return null;
        }

        foreach (var listener in listeners ?? [])
        {
            if (listener.Port == address.Port && address.Port != 0)
                findings.Refuse(name, $"listener {listener.Name} has port {address.Port} already");
        }

        return address;
    }

    private static HostAndPort? ParseAddress(string text) =>
        ListenerParser.ParseEndpoint("X://" + text) is var (_, host, port) ? new HostAndPort(host, port) : null;
}
