using Ottla.Configuration.Effective;

namespace Ottla.Configuration.Settings;

/// <summary>All that a node's config says about listeners, once it has passed.</summary>
internal sealed record LoadedListeners(
    IReadOnlyList<ListenerAddress> All, IReadOnlyList<string> ControllerNames, IReadOnlyList<ListenerAddress> Advertised,
    IReadOnlyList<ListenerAddress> AdvertisedControllers, string InterBrokerName);

/// <summary>Reads listeners, their protocols and what is advertised, and checks them against the node's roles as Kafka does.</summary>
internal sealed class ListenersLoader(EffectiveConfig config, Findings findings, bool isBroker, bool isController)
{
    private const string AnyAddress = "0.0.0.0";

    private readonly ConfigReader _reader = new(config);

    /// <summary>What `controller.quorum.voters` says of this node; null where it says nothing.</summary>
    public StaticVoter? Self { get; init; }

    public LoadedListeners? Load()
    {
        var controllerNames = _reader.List("controller.listener.names").Select(name => name.Trim().ToUpperInvariant()).ToArray();
        if (LoadProtocols(controllerNames) is not { } protocols) return null;
        var all = LoadList("listeners", protocols, distinctPorts: true);
        if (all.Count == 0) return null;
        CheckRoles(all, controllerNames);
        var names = all.Select(listener => listener.Name).Concat(controllerNames);
        foreach (var early in _reader.List("early.start.listeners"))
        {
            if (!names.Contains(early, StringComparer.OrdinalIgnoreCase))
                findings.Refuse("early.start.listeners", $"{early} is none of the listeners and none of controller.listener.names");
        }

        foreach (var listener in all) CheckProtocol(listener);
        var (advertised, ofControllers) = LoadAdvertised(all, controllerNames, protocols);
        if (findings.Errors.Count > 0) return null;
        var interBroker = LoadInterBrokerName(advertised, controllerNames, protocols);
        return interBroker is null ? null : new LoadedListeners(all, controllerNames, advertised, ofControllers, interBroker);
    }

    // Kafka speaks PLAINTEXT with controllers unless the map is given, so that a plain config needs no map.
    private ProtocolMap? LoadProtocols(string[] controllerNames)
    {
        const string name = "listener.security.protocol.map";
        var map = ListenerParser.ParseMap(_reader.Text(name)!, out var reason);
        if (map is null) findings.Refuse(name, reason!);
        else if (config.Static[name] is null)
        {
            foreach (var controller in controllerNames) map.TryAdd(controller, SecurityProtocol.Plaintext);
        }

        return map;
    }

    private IReadOnlyList<ListenerAddress> LoadList(string name, ProtocolMap protocols, bool distinctPorts)
    {
        var listeners = ListenerParser.ParseList(_reader.List(name), protocols, distinctPorts, out var reason);
        if (reason is not null) findings.Refuse(name, reason);
        return listeners;
    }

    private void CheckRoles(IReadOnlyList<ListenerAddress> all, string[] controllerNames)
    {
        var own = all.Count(listener => controllerNames.Contains(listener.Name));
        if (isController && own == 0)
            findings.Refuse("controller.listener.names", "with the role controller it must name at least one of the listeners");
        if (!isController && own > 0)
            findings.Refuse("controller.listener.names", "without the role controller none of its names may be among the listeners");
        if (!isBroker && controllerNames.Except(all.Select(listener => listener.Name)).FirstOrDefault() is { } missing && own > 0)
            findings.Refuse(
                "controller.listener.names", $"with the role controller alone each must be one of the listeners, and {missing} is not");
        if (!isBroker && own < all.Count)
            findings.Refuse("listeners", "with the role controller alone only names of controller.listener.names may be there");
        if (isBroker && own == all.Count)
            findings.Refuse("listeners", "with the role broker there must be a listener that is not in controller.listener.names");
    }

    private void CheckProtocol(ListenerAddress listener)
    {
        if (listener.Protocol != SecurityProtocol.Plaintext)
        {
            var protocol = ListenerParser.NameOf(listener.Protocol);
            findings.Refuse("listeners", $"{listener.Name} speaks {protocol}; only PLAINTEXT is served yet");
        }
    }

    private (IReadOnlyList<ListenerAddress> Broker, IReadOnlyList<ListenerAddress> Controllers) LoadAdvertised(
        IReadOnlyList<ListenerAddress> all, string[] controllerNames, ProtocolMap protocols)
    {
        const string name = "advertised.listeners";
        var isGiven = config.Static[name] is not null;
        var advertised = isGiven ? LoadList(name, protocols, distinctPorts: false) : all;
        var brokers = advertised.Where(listener => !controllerNames.Contains(listener.Name)).ToList();
        var controllers = isGiven ? advertised.Where(listener => controllerNames.Contains(listener.Name)).ToList() : [];

        // what is said for a role that the node has not is nobody's business, as in Kafka
        foreach (var listener in (isBroker ? brokers : []).Concat(isController ? controllers : []))
        {
            if (listener.Host == AnyAddress)
            {
                var what = $"nobody can connect to {AnyAddress}; set advertised.listeners to an address that others reach";
                findings.Refuse(isGiven ? name : "listeners", what);
            }

            if (isGiven && !all.Any(own => own.Name == listener.Name))
                findings.Refuse(name, $"{listener.Name} is none of the listeners");
        }

        if (isBroker && brokers.Count == 0 && findings.Errors.Count == 0)
            findings.Refuse(name, "with the role broker there must be a listener that is not in controller.listener.names");
        foreach (var listener in all)
        {
            if (controllerNames.Contains(listener.Name) && !controllers.Exists(other => other.Name == listener.Name))
                controllers.Add(Reachable(listener, controllerNames));
        }

        return (brokers, controllers);
    }

    // An address to listen on need not be one to connect to. The others know this node as the voter that the config names, or else by the
    // machine's name, for which an empty host stands.
    private ListenerAddress Reachable(ListenerAddress listener, string[] controllerNames)
    {
        if (listener.Host.Length > 0 && listener.Host != AnyAddress) return listener;
        return Self is { } voter && listener.Name == controllerNames[0]
            ? listener with { Host = voter.Host, Port = voter.Port }
            : listener with { Host = "" };
    }

    private string? LoadInterBrokerName(
        IReadOnlyList<ListenerAddress> advertised, string[] controllerNames, ProtocolMap protocols)
    {
        const string name = "inter.broker.listener.name";
        const string protocolName = "security.inter.broker.protocol";
        if (_reader.Text(name) is { } given)
        {
            given = given.ToUpperInvariant();
            if (config.Static[protocolName] is not null) findings.Refuse(name, $"only one of it and {protocolName} may be set");
            if (controllerNames.Contains(given)) findings.Refuse(name, "controllers listen there; brokers need a listener of their own");
            else if (protocols.Find(given) is null) findings.Refuse(name, "listener.security.protocol.map does not know it");
            else if (isBroker && !advertised.Any(listener => listener.Name == given))
                findings.Refuse(name, $"it must be one of the advertised listeners: {NamesOf(advertised)}");
            return given;
        }

        var protocol = _reader.Text(protocolName)!;
        if (isBroker && !advertised.Any(listener => listener.Name == protocol))
        {
            findings.Refuse(name, $"no advertised listener has the name {protocol}; set it to one of {NamesOf(advertised)}");
            return null;
        }

        return protocol;
    }

    private static string NamesOf(IReadOnlyList<ListenerAddress> listeners) =>
        string.Join(", ", listeners.Select(listener => listener.Name));
}
