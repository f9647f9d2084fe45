namespace Ottla.Configuration.Settings;

/// <summary>Which protocol each listener speaks; a handful of them.</summary>
internal sealed class ProtocolMap
{
    private readonly List<string> _names = [];
    private readonly List<int> _protocols = [];

    public SecurityProtocol? Find(string name) => _names.IndexOf(name) is >= 0 and var at ? (SecurityProtocol)_protocols[at] : null;

    public bool TryAdd(string name, SecurityProtocol protocol)
    {
        if (_names.Contains(name)) return false;
        _names.Add(name);
        _protocols.Add((int)protocol);
        return true;
    }
}
