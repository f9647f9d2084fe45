using Ottla.Log.Checkpoints;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Directories;

/// <summary>The directories of a node and the logs in them: what <see cref="LogDirectories"/> and those who work for it share.</summary>
/// <remarks>
/// What changes the set of logs holds <see cref="Changing"/> and touches the disk under it: on threads that may block. Nothing is written before
/// <see cref="IsServing"/> is set and after it was cleared.
/// Failure: a fault of the disk takes its directory offline and is told once, on the thread that met it, with locks held: who hears of it must only post.
/// </remarks>
internal sealed class HostedDirectories
{
    private readonly Action<DirectoryFailure> _onFailure;
    private readonly string _metadataLogDir;
    private readonly Random _random;
    private readonly List<DirectoryFailure> _untold = [];
    private bool _isTelling;
    private volatile bool _isServing;

    public HostedDirectories(LogContext context, LogDirectoriesOptions options, string metadataLogDir, Random random, Action<DirectoryFailure> onFailure)
    {
        Context = context with { Rolled = Rolled.Add };
        Options = options;
        _metadataLogDir = metadataLogDir;
        _random = random;
        _onFailure = onFailure;
    }

    public LogContext Context { get; }

    public LogDirectoriesOptions Options { get; }

    /// <summary>In the order of log.dirs, offline ones too.</summary>
    public List<LogDirectory> All { get; } = [];

    public HostedLogs Logs { get; } = new();

    public RolledLogs Rolled { get; } = new();

    /// <summary>Held by whoever changes the set of logs, or writes what speaks of all of them.</summary>
    public Lock Changing { get; } = new();

    public bool IsServing
    {
        get => _isServing;
        set => _isServing = value;
    }

    public void Add(string path, Uuid id, string? unusable)
    {
        var directory = new LogDirectory(Context, path, id, Failed);
        All.Add(directory);
        if (id.IsZero) directory.Fail(new IOException(unusable ?? $"{MetaProperties.FileName} can't be read, so nobody knows whose it is"));
        else Try(directory, "looking at its files", d => d.ReadCleanMark());
    }

    public string NewName(TopicPartition partition, DirectoryKind kind) => DirectoryName.Format(partition, kind, _random);

    /// <summary>Those that failed before anybody could be told.</summary>
    public void TellFailures()
    {
        lock (_untold)
        {
            _isTelling = true;
            foreach (var failure in _untold) _onFailure(failure);
            _untold.Clear();
        }
    }

    /// <summary>Renames a log's directory to a name that says what it is for, and has it removed later where that is meant.</summary>
    public ErrorCode PutAside(LogPlace place, DirectoryKind kind)
    {
        var (log, directory) = place;
        if (!directory.IsOnline) return ErrorCode.KafkaStorageError;
        try
        {
            log.Close(clean: false);
            log.RenameTo(directory.File(NewName(log.Partition, kind)));
            directory.HasDirtyNames = true;
            if (kind == DirectoryKind.Deleted) directory.Deletions.Add(log.Directory, isDirectory: true, log.Settings.FileDeleteDelayMs);
            return ErrorCode.None;
        }
        catch (IOException fault)
        {
            return directory.Report(fault, $"renaming {log.Directory}");
        }
    }

    public void SetAsStray(LogPlace place)
    {
        var (log, _) = place;
        var before = log.Directory;
        if (PutAside(place, DirectoryKind.Stray) == ErrorCode.None)
            DirectoryMessages.Stray(Context.Logger, log.Partition.ToString(), before, log.TopicId.ToString(), log.Directory);
    }

    /// <summary>Runs something on an online directory; a fault goes to it.</summary>
    public static bool Try(LogDirectory directory, string what, Action<LogDirectory> action)
    {
        if (!directory.IsOnline) return false;
        try
        {
            action(directory);
            return true;
        }
        catch (IOException fault)
        {
            directory.Report(fault, what);
            return false;
        }
    }

    private void Failed(LogDirectory directory)
    {
        var gone = new List<TopicPartition>();
        foreach (var hosted in Logs.All)
        {
            if (hosted.Future?.Directory == directory) hosted.Future = null;
            if (hosted.Directory != directory) continue;
            Logs.GoOffline(hosted);
            gone.Add(hosted.Partition);
        }

        const int examplesMax = 5;
        var examples = string.Join(", ", gone.Take(examplesMax)) + (gone.Count > examplesMax ? ", ..." : "");
        var cause = directory.Cause!.Message.TrimEnd('.');
        if (gone.Count == 0) DirectoryMessages.DirectoryUnusable(Context.Logger, directory.Path, cause);
        else DirectoryMessages.DirectoryFailed(Context.Logger, directory.Path, cause, gone.Count, examples);
        var mustEnd = All.TrueForAll(d => !d.IsOnline) || string.Equals(directory.Path, _metadataLogDir, StringComparison.Ordinal);
        var failure = new DirectoryFailure(directory, gone, mustEnd);
        lock (_untold)
        {
            if (_isTelling) _onFailure(failure);
            else _untold.Add(failure);
        }
    }
}
