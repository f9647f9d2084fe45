using System.Collections.Concurrent;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Directories;

/// <summary>The logs of a node by their names and ids, and which went offline with their directory.</summary>
/// <remarks>Looking up takes no lock; changes are made under <see cref="HostedDirectories.Changing"/>, but for a directory that fails, which no lock
/// holds up.</remarks>
internal sealed class HostedLogs
{
    private readonly ConcurrentDictionary<TopicPartition, HostedLog> _logs = new();
    private readonly ConcurrentDictionary<(Uuid TopicId, int Partition), HostedLog> _byId = new();
    private readonly ConcurrentDictionary<TopicPartition, LogDirectory> _offline = new();

    public int Count => _logs.Count;

    /// <summary>The logs of all online directories, in no order, as of now.</summary>
    public IEnumerable<HostedLog> All
    {
        get
        {
            foreach (var (_, hosted) in _logs) yield return hosted;
        }
    }

    public HostedLog? Find(TopicPartition partition) => _logs.GetValueOrDefault(partition);

    public HostedLog? Find(Uuid topicId, int partition) => _byId.GetValueOrDefault((topicId, partition));

    public bool IsOffline(TopicPartition partition) => _offline.ContainsKey(partition);

    public void ForgetOffline(TopicPartition partition) => _offline.TryRemove(partition, out _);

    public void Register(HostedLog hosted)
    {
        var partition = hosted.Partition;
        var added = _logs.TryAdd(partition, hosted);
        Invariant.That(added);
        NoteId(hosted);
        hosted.Directory.CountPartition(+1);
        hosted.Directory.HasNewHighWatermarks = true;
        if (!hosted.Directory.IsOnline) GoOffline(hosted);
    }

    public void Unregister(HostedLog hosted)
    {
        if (!_logs.TryRemove(KeyValuePair.Create(hosted.Partition, hosted))) return;
        _byId.TryRemove((hosted.TopicId, hosted.Partition.Partition), out _);
        hosted.Directory.CountPartition(-1);
        hosted.Directory.NoteGone(hosted.Partition);
    }

    public void NoteId(HostedLog hosted)
    {
        if (!hosted.TopicId.IsZero) _byId[(hosted.TopicId, hosted.Partition.Partition)] = hosted;
    }

    public void GoOffline(HostedLog hosted)
    {
        _offline[hosted.Partition] = hosted.Directory;
        _logs.TryRemove(KeyValuePair.Create(hosted.Partition, hosted));
        _byId.TryRemove((hosted.TopicId, hosted.Partition.Partition), out _);
    }
}
