using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Log;
using Ottla.Log.Handles;
using Ottla.Log.Retention;
using Ottla.Metadata.Formatting;
using Ottla.Metadata.Log;
using Ottla.Protocol.Primitives;
using Ottla.Raft.Voters;
using Ottla.Runtime.Files;

namespace Ottla.Metadata.Tests;

/// <summary>A log directory on a disk in memory, with a clock that stands.</summary>
internal sealed class Disk
{
    public const string Directory = "/data";

    public const string LogDirectory = "/data/__cluster_metadata-0";

    private readonly IFileSystem _files;

    public Disk(bool canCrash = false, Action<FileCall>? before = null)
    {
        Files = new MemoryFileSystem(canCrash);
        _files = before is null ? Files : new FaultyFileSystem(Files, before);
        Context = new LogContext(_files, Clock, new FileCache(_files), NullLogger.Instance, new FileDeletions(_files, Clock));
    }

    public MemoryFileSystem Files { get; }

    public StandingClock Clock { get; } = new();

    public LogContext Context { get; private set; }

    public static VoterSet StaticVoters { get; } = new(0, [new Voter(Brain.Node, Uuid.Zero, [new VoterEndpoint("CONTROLLER", "localhost", 9093)])]);

    public FormatOutcome Format(Func<FormatRequest, FormatRequest>? change = null)
    {
        var request = new FormatRequest
        {
            ClusterId = Brain.Settings.ClusterId, NodeId = Brain.Node, LogDirs = [Directory], MetadataLogDir = Directory,
            HasStaticVoters = true,
            ControllerEndpoint = new VoterEndpoint("CONTROLLER", "localhost", 9093),
        };
        return StorageFormatter.Format(Files, Clock, new Random(1), change?.Invoke(request) ?? request);
    }

    public MetadataLog Open(MetadataLogLimits? limits = null)
    {
        Context = new LogContext(_files, Clock, new FileCache(_files), NullLogger.Instance, new FileDeletions(_files, Clock));
        return MetadataLog.Open(Context, Directory, limits ?? new MetadataLogLimits());
    }

    public string[] Names() => [.. Files.List(LogDirectory).Select(file => file.Name).Order(StringComparer.Ordinal)];

    public byte[] Bytes(string path) => Files.ReadAll(path, int.MaxValue);

    /// <summary>Stands until it is moved; timers fire when it passes them.</summary>
    internal sealed class StandingClock : TimeProvider
    {
        private readonly List<StandingTimer> _timers = [];
        private DateTimeOffset _now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

        public override DateTimeOffset GetUtcNow() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new StandingTimer(this, callback, state, _now + dueTime);
            lock (_timers) _timers.Add(timer);
            return timer;
        }

        public void Advance(TimeSpan time)
        {
            _now += time;
            StandingTimer[] due;
            lock (_timers)
            {
                due = [.. _timers.Where(timer => timer.Due <= _now)];
                _timers.RemoveAll(timer => timer.Due <= _now);
            }

            foreach (var timer in due) timer.Fire();
        }

        private sealed class StandingTimer(StandingClock clock, TimerCallback callback, object? state, DateTimeOffset due) : ITimer
        {
            public DateTimeOffset Due => due;

            public void Fire() => callback(state);

            public bool Change(TimeSpan dueTime, TimeSpan period) => false;

            public void Dispose()
            {
                lock (clock._timers) clock._timers.Remove(this);
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
