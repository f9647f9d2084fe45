using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Directories;

/// <summary>The `meta.properties` of all log directories of a node, read together, since they must agree.</summary>
/// <remarks>
/// Directories are kept in the order of `log.dirs`. Each is formatted, empty (no `meta.properties`, or no directory at all) or failed (the
/// disk refused, or the file makes no sense).
/// Reading changes nothing; <see cref="FormatEmpty"/> writes.
/// </remarks>
public sealed class MetaPropertiesEnsemble
{
    private readonly Dictionary<string, MetaProperties> _formatted = new(StringComparer.Ordinal);
    private readonly List<string> _empty = [];
    private readonly Dictionary<string, string> _failed = new(StringComparer.Ordinal);

    private MetaPropertiesEnsemble(string metadataLogDir) => MetadataLogDir = metadataLogDir;

    /// <summary>Where `__cluster_metadata-0` lies: `metadata.log.dir`, else the first log directory.</summary>
    public string MetadataLogDir { get; }

    public IReadOnlyDictionary<string, MetaProperties> Formatted => _formatted;

    public IReadOnlyList<string> Empty => _empty;

    /// <summary>Directory and what is wrong with it.</summary>
    public IReadOnlyDictionary<string, string> Failed => _failed;

    public string? ClusterId => _formatted.Values.Select(p => p.ClusterId).FirstOrDefault(id => id is not null);

    public BrokerId? NodeId => _formatted.Values.Select(p => p.NodeId).FirstOrDefault(id => id is not null);

    /// <summary>Reads all of them.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="logDirs">In the order of log.dirs.</param>
    /// <param name="metadataLogDir">One of these, or another; null for the first.</param>
    /// <param name="refused">Directories that could not even be locked (<see cref="DirectoryLocks"/>): failed, and neither read nor written.</param>
    public static MetaPropertiesEnsemble Load(
        IFileSystem files, IReadOnlyList<string> logDirs, string? metadataLogDir, IReadOnlyDictionary<string, IOException>? refused = null)
    {
        Invariant.That(logDirs.Count > 0 || metadataLogDir is not null);
        var ensemble = new MetaPropertiesEnsemble(metadataLogDir ?? logDirs[0]);
        foreach (var directory in logDirs.Append(ensemble.MetadataLogDir).Distinct(StringComparer.Ordinal))
        {
            if (refused?.GetValueOrDefault(directory) is { } fault) ensemble._failed[directory] = fault.Message;
            else ensemble.Load(files, directory);
        }

        return ensemble;
    }

    /// <summary>What keeps the node from starting with these directories; null if nothing does.</summary>
    /// <param name="clusterId">The cluster that is expected; null takes that of the first directory.</param>
    /// <param name="nodeId">`node.id` of the configuration; null takes that of the first directory.</param>
    public string? Verify(string? clusterId, BrokerId? nodeId)
    {
        if (_failed.TryGetValue(MetadataLogDir, out var why))
            return $"The metadata log directory {MetadataLogDir} can't be used: {why}. Nothing was changed.";
        if (_empty.Contains(MetadataLogDir))
            return $"No `meta.properties` found in {MetadataLogDir}: it is not formatted.";
        return Disagreement(clusterId, nodeId);
    }

    /// <summary>
    /// Makes the directories that are not formatted yet ones of this node, and gives an id to those that have none; a directory that
    /// refuses becomes a failed one.
    /// </summary>
    public void FormatEmpty(IFileSystem files, Random random)
    {
        foreach (var directory in _empty.ToArray())
        {
            _empty.Remove(directory);
            Rewrite(files, directory, new MetaProperties(ClusterId, NodeId, NewDirectoryId(random)));
        }

        foreach (var (directory, properties) in _formatted.ToArray())
        {
            if (properties.DirectoryId is not null && properties.Version == MetaProperties.CurrentVersion) continue;
            var id = properties.DirectoryId ?? NewDirectoryId(random);
            Rewrite(files, directory, new(properties.ClusterId ?? ClusterId, properties.NodeId ?? NodeId, id));
        }
    }

    private Uuid NewDirectoryId(Random random) =>
        MetaProperties.NewDirectoryId(random, [.. _formatted.Values.Where(p => p.DirectoryId is not null).Select(p => p.DirectoryId!.Value)]);

    private void Rewrite(IFileSystem files, string directory, MetaProperties properties)
    {
        try
        {
            files.CreateDirectory(directory);
            files.Replace(Path.Combine(directory, MetaProperties.FileName), properties.Format());
            _formatted[directory] = properties;
        }
        catch (IOException fault)
        {
            _formatted.Remove(directory);
            _failed[directory] = fault.Message;
        }
    }

    private void Load(IFileSystem files, string directory)
    {
        try
        {
            var path = Path.Combine(directory, MetaProperties.FileName);
            if (!files.FileExists(path)) _empty.Add(directory);
            else if (!MetaProperties.TryParse(files.ReadAll(path, MetaProperties.FileBytesMax), out var properties, out var problem))
                _failed[directory] = $"{path}: {problem}";
            else _formatted[directory] = properties;
        }
        catch (IOException fault)
        {
            _failed[directory] = fault.Message;
        }
    }

    private string? Disagreement(string? clusterId, BrokerId? nodeId)
    {
        var ids = new Dictionary<Uuid, string>();
        foreach (var (directory, properties) in _formatted)
        {
            var path = Path.Combine(directory, MetaProperties.FileName);
            if (properties.ClusterId is { } cluster && cluster != (clusterId ??= cluster))
                return $"Invalid cluster.id in: {path}. Expected {clusterId}, but read {cluster}";
            if (properties.NodeId is { } node && node != (nodeId ??= node))
                return $"Invalid node.id in: {path}. Expected {nodeId}, but read {node}";
            if (properties.DirectoryId is not { } id) continue;
            if (id.High == 0 && id.Low < MetaProperties.ReservedDirectoryIds) return $"Invalid directory.id in: {path}. {id} is reserved";
            if (!ids.TryAdd(id, path))
                return $"Duplicate directory.id {id} in {ids[id]} and {path}. Was a directory copied? Remove the line directory.id from the copy's file";
        }

        return null;
    }
}
