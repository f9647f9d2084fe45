namespace Ottla.Broker.Net;

/// <summary>Counts the open connections of the node, and by host, against `max.connections` and `max.connections.per.ip`.
/// Thread-safe.</summary>
internal sealed class ConnectionCounts(int max, int perHostMax)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _byHost = [];
    private int _count;

    /// <summary>Counts one more; else says why it can't be.</summary>
    public string? TryEnter(string host)
    {
        lock (_gate)
        {
            if (_count >= max) return $"{max} connections are open (max.connections)";
            var ofHost = _byHost.GetValueOrDefault(host);
            if (ofHost >= perHostMax) return $"{ofHost} connections of this host are open (max.connections.per.ip)";
            _byHost[host] = ofHost + 1;
            _count++;
            return null;
        }
    }

    public void Leave(string host)
    {
        lock (_gate)
        {
            _count--;
            var left = _byHost[host] - 1;
            if (left == 0) _byHost.Remove(host);
            else _byHost[host] = left;
        }
    }
}
