using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Log.Directories;
using Ottla.Log.Handles;
using Ottla.Log.Retention;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;

namespace Ottla.Log.Tests.Directories;

/// <summary>The plug was pulled: no call of the disk gets through any more.</summary>
internal sealed class PlugPulledException() : Exception("the plug is pulled");

/// <summary>A broker's log directories `/a`, `/b` ... on a disk in memory, whose calls are seen and may fail.</summary>
internal sealed class DirectoriesFixture
{
    public static readonly Uuid Topic = new(0x0123456789abcdef, 1);
    public static readonly BrokerEpoch Epoch = new(17);

    private readonly FaultyFileSystem _files;
    private int _starts;

    public DirectoriesFixture(int directories = 1, bool canCrash = true)
    {
        Disk = new MemoryFileSystem(canCrash, pageBytes: 64);
        _files = new FaultyFileSystem(Disk, call =>
        {
            Before?.Invoke(call);
            if (CallsLeft <= 0) throw new PlugPulledException();
            CallsLeft--;
            Calls.Add(call);
        });
        Paths = [.. Enumerable.Range(0, directories).Select(i => $"/{(char)('a' + i)}")];
        foreach (var path in Paths) Disk.CreateDirectory(path);
        Disk.FlushDirectory("/");
    }

    public MemoryFileSystem Disk { get; }

    public ManualClock Clock { get; } = new();

    public string[] Paths { get; }

    /// <summary>Calls of the disk since it was last emptied.</summary>
    public List<FileCall> Calls { get; } = [];

    public Action<FileCall>? Before { get; set; }

    /// <summary>After so many calls the plug is pulled; null: never.</summary>
    public int? CallsLeft { get; set; }

    public List<DirectoryFailure> Failures { get; } = [];

    public LogSettings Settings { get; set; } = LogSettings.Default with { RetentionMs = -1 };

    public LogDirectoriesOptions Options { get; set; } = new() { Workers = 1, InitialDelayMs = 0 };

    /// <summary>Paths whose `meta.properties` could not be read.</summary>
    public HashSet<string> WithoutId { get; } = [];

    public static TopicPartition P(int partition) => new("weather", partition);

    /// <summary>As after a start of the process.</summary>
    public LogDirectories Start()
    {
        var directories = Build();
        directories.Load(_ => Settings);
        return directories;
    }

    /// <summary>As after a start of the process, before the metadata are known.</summary>
    public LogDirectories Build()
    {
        var context = new LogContext(_files, Clock, new FileCache(_files, 8), NullLogger.Instance, new FileDeletions(_files, Clock));
        var known = Paths.Select((path, i) => (path, WithoutId.Contains(path) ? Uuid.Zero : new Uuid(7, (ulong)i + 200)));
        return new LogDirectories(context, Options, known, "/a", new Random(_starts++), Failures.Add);
    }

    /// <summary>A partition's log, made where there is none.</summary>
    public HostedLog Log(LogDirectories directories, int partition, string? at = null)
    {
        var (log, error) = directories.GetOrCreate(P(partition), Topic, Settings, at is null ? null : directories.FindDirectory(at)!.Id);
        Assert.Equal(ErrorCode.None, error);
        return log!;
    }

    public void Break(string path) => Before = call =>
    {
        if (call.Path.StartsWith(path, StringComparison.Ordinal)) throw Ottla.Runtime.Platform.DiskFault.Broken(call.Path);
    };

    public string[] Names(string path) => [.. Disk.List(path).Select(e => e.Name).Order(StringComparer.Ordinal)];

    public string Text(string path) => System.Text.Encoding.UTF8.GetString(Disk.ReadAll(path, 1 << 20));

    public void Advance(long ms) => Clock.NowMs += ms;
}
