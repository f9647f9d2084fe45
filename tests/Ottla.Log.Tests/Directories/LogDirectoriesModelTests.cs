using FsCheck;
using FsCheck.Fluent;
using Ottla.Log.Directories;
using Ottla.Protocol.Primitives;
using static Ottla.Log.Tests.Directories.DirectoriesFixture;

namespace Ottla.Log.Tests.Directories;

public sealed class LogDirectoriesModelTests
{
    private const int Partitions = 4;

    /// <summary>What a partition must hold.</summary>
    private sealed class Expected(Uuid topicId)
    {
        public Uuid TopicId => topicId;

        public List<string> Values { get; set; } = [];

        /// <summary>Values that no crash may take.</summary>
        public int Safe { get; set; }
    }

    /// <summary>A node and what it must hold, driven by chance.</summary>
    private sealed class Run(int seed)
    {
        private readonly Random _chance = new(seed);
        private readonly DirectoriesFixture _node = new(3) { Settings = LogSettings.Default with { RetentionMs = -1, SegmentBytes = 400 } };
        private readonly Dictionary<int, Expected> _model = [];
        private LogDirectories _directories = null!;
        private ulong _topics;
        private readonly List<string> _story = [];
        private int _values;

        public void Go(int steps)
        {
            _directories = _node.Start();
            for (var i = 0; i < steps; i++) Step();
            Restart(crash: false);
        }

        private void Step()
        {
            var number = _chance.Next(Partitions);
            if (_chance.Next(20) == 0) Pull(number);
            else Do(_chance.Next(16), number);
        }

        /// <summary>The plug is pulled somewhere within a step.</summary>
        private void Pull(int number)
        {
            const int callsMax = 60;
            NoteSafe();
            if (StartAndStopTests.Pulled(_node, _chance.Next(callsMax), () => Do(_chance.Next(13), number))) return;
            _story.Add($"pulled at {_node.Calls[^1]}");
            Restart(crash: true);
        }

        private void Do(int what, int number)
        {
            _story.Add($"{what} on {number}");
            switch (what)
            {
                case <= 6: Append(number); break;
                case 7: Flush(number); break;
                case 8: Delete(number); break;
                case 9: _directories.BeginMove(P(number), _node.Paths[_chance.Next(3)]); break;
                case <= 11: Tick(); break;
                case 12: _directories.WriteCheckpoints(); break;
                case 13: Restart(crash: false); break;
                case 14: Restart(crash: true); break;
                default: Stop(); break;
            }
        }

        private void Append(int number)
        {
            if (!_model.TryGetValue(number, out var expected)) _model[number] = expected = new(new Uuid(1, ++_topics));
            var (hosted, error) = _directories.GetOrCreate(P(number), expected.TopicId, _node.Settings);
            Assert.Equal(ErrorCode.None, error);
            var value = $"{_values++}";
            expected.Values.Add(value);
            lock (hosted!.Writer) hosted.Log.AppendOne(Batches.Of(value));
        }

        private void Flush(int number)
        {
            if (_directories.Find(P(number)) is not { } hosted) return;
            hosted.Log.Flush();
            NoteSafe();
        }

        private void Delete(int number)
        {
            _model.Remove(number);
            _directories.Delete(P(number));
        }

        private void Tick()
        {
            _node.Advance(_chance.Next(100_000));
            _directories.Tick();
            NoteSafe();
        }

        private void Stop()
        {
            _directories.Close(Epoch);
            NoteSafe();
            foreach (var expected in _model.Values) expected.Safe = expected.Values.Count;
            Restart(_chance.Next(2) == 0);
        }

        private void NoteSafe()
        {
            foreach (var (number, expected) in _model)
            {
                if (_directories.Find(P(number)) is not { } hosted) continue;
                expected.Safe = Math.Max(expected.Safe, (int)hosted.Log.RecoveryPoint.Value);
            }
        }

        private void Restart(bool crash)
        {
            NoteSafe();
            if (crash) _node.Disk.Crash(_chance.Next(3) == 0 ? null : _chance);
            _directories = _node.Start();
            _directories.RemoveStrays((partition, id) => _model.TryGetValue(partition.Partition, out var expected) && expected.TopicId == id);
            foreach (var (number, expected) in _model.ToArray()) Compare(number, expected, crash);
            Assert.All(_directories.All, d => Assert.Equal(
                d.PartitionCount, _directories.Logs.Count(l => l.Directory == d) + _directories.Logs.Count(l => l.Future?.Directory == d)));
        }

        private void Compare(int number, Expected expected, bool crash)
        {
            string[] found = _directories.Find(P(number)) is { } hosted ? hosted.Log.Values() : [];
            var story = $"seed {seed}, partition {number} in {_directories.Find(P(number))?.Log.Directory}: {string.Join("; ", _story.TakeLast(20))}";
            Assert.True(expected.Values.Take(found.Length).SequenceEqual(found), $"{string.Join(' ', found)} for {string.Join(' ', expected.Values)}, {story}");
            var least = crash ? expected.Safe : expected.Values.Count;
            Assert.True(found.Length >= least, $"{found.Length} of {expected.Values.Count} values, {least} are safe, {story}");
            expected.Values = [.. found];
            if (_directories.Find(P(number)) is null) _model.Remove(number);
        }
    }

    [Fact]
    public void Any_sequence_of_appends_moves_deletions_stops_and_crashes_reads_back_as_the_model() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => new Run(seed).Go(60)).QuickCheckThrowOnFailure();

    /// <summary>More seeds than FsCheck's small numbers give.</summary>
    [Fact]
    public void The_same_holds_for_many_seeds()
    {
        for (var seed = 1000; seed < 1100; seed++) new Run(seed).Go(80);
    }
}
