using Ottla.Log.Checkpoints;
using Ottla.Log.Directories;
using Ottla.Metadata.Log;
using Ottla.Runtime.Files;

namespace Ottla.Metadata.Formatting;

/// <summary>Data that nobody would find any more if the metadata began anew: another order of `log.dirs`, a folder put first, another
/// `metadata.log.dir`.</summary>
/// <remarks>Reads names alone, and the small file with the id of one partition; changes nothing. Failure: <see cref="IOException"/>.</remarks>
public static class OrphanedData
{
    /// <summary>Why the metadata can't lie where the configuration says: another directory has them. Null where none has.</summary>
    public static string? MetadataElsewhere(IFileSystem files, IEnumerable<string> logDirs, string metadataLogDir)
    {
        foreach (var directory in logDirs)
        {
            var log = Path.Combine(directory, MetadataLog.DirectoryName);
            if (directory == metadataLogDir || !files.DirectoryExists(log)) continue;
            return $"Found unexpected metadata location in data directory {log} (the configured metadata directory is {metadataLogDir}). Nothing was changed. " +
                $"Set metadata.log.dir={directory}, or put the directories of log.dirs back into the order that they had.";
        }

        return null;
    }

    /// <summary>Why a node can't begin with an empty metadata log: there are partitions of topics that it does not know. Null where there are
    /// none.</summary>
    public static string? PartitionsWithoutMetadata(IFileSystem files, IEnumerable<string> logDirs, string metadataLogDir)
    {
        foreach (var directory in logDirs)
        {
            if (!files.DirectoryExists(directory) || FirstPartition(files, directory) is not { } partition) continue;
            return $"The metadata log in {metadataLogDir} is empty, but {Path.Combine(directory, partition)} holds a partition of a topic that it would have to " +
                "know. Nothing was changed. Set metadata.log.dir to where the metadata lie, or bring them back; to give the data up, remove the partitions' folders.";
        }

        return null;
    }

    private static string? FirstPartition(IFileSystem files, string directory)
    {
        foreach (var entry in files.List(directory).OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            if (!entry.IsDirectory || entry.Name == MetadataLog.DirectoryName) continue;
            if (!DirectoryName.TryParse(entry.Name, out var parsed) || parsed.Value.Kind != DirectoryKind.Current) continue;
            if (files.FileExists(Path.Combine(directory, entry.Name, PartitionMetadataFile.FileName))) return entry.Name;
        }

        return null;
    }
}
