using FsCheck;
using FsCheck.Fluent;
using Ottla.Metadata.Image;
using Ottla.Metadata.Log;
using Ottla.Metadata.Records;
using Ottla.Protocol.Primitives;

namespace Ottla.Metadata.Tests.Log;

/// <summary>Pulls the plug at any time between the steps of any script.</summary>
public sealed class CrashTests
{
    private const int StepKinds = 6;

    /// <summary>Small enough that segments roll and snapshots push old log out.</summary>
    private static readonly MetadataLogLimits _limits = new() { SegmentBytes = 1500, RetentionBytes = 4000, DeleteDelayMs = 0 };

    [Fact]
    public void Whatever_was_flushed_survives_any_crash_and_nothing_comes_that_was_not_appended() =>
        Prop.ForAll(Gen.Choose(0, StepKinds * 1000 - 1).ArrayOf().ToArbitrary(), Run).QuickCheckThrowOnFailure();

    private static void Run(int[] script)
    {
        var disk = new Disk(canCrash: true);
        Assert.True(disk.Format().IsOk);
        var run = new Incarnation(disk, new Brain(), appended: 0, flushed: 0, epoch: 1);
        run.Append(run.Brain.Log.Count);
        run.Flush();
        foreach (var step in script)
        {
            switch (step % StepKinds)
            {
                case 0 or 1: run.Create($"t{step}"); break;
                case 2: run.Flush(); break;
                case 3: run.Snapshot(); break;
                case 4: run = run.AfterCrash(new Random(step)); break;
                default: run = run.AfterCrash(chance: null); break;
            }
        }

        run.AfterCrash(new Random(script.Length)).Log.Dispose();
    }

    /// <summary>One run of the process: what it appended, and how much of that is flushed.</summary>
    private sealed class Incarnation
    {
        private readonly Disk _disk;
        private readonly int _epoch;
        private int _appended;
        private int _flushed;

        public Incarnation(Disk disk, Brain brain, int appended, int flushed, int epoch)
        {
            (_disk, Brain, _appended, _flushed, _epoch) = (disk, brain, appended, flushed, epoch);
            Log = disk.Open(_limits);
        }

        public Brain Brain { get; }

        public MetadataLog Log { get; }

        public void Create(string name)
        {
            var before = Brain.Log.Count;
            Brain.Do(Brain.Controller.Topics.CreateTopics(new() { Topics = [new() { Name = name, NumPartitions = 3,
            ReplicationFactor = 1 }] }));
            Append(Brain.Log.Count - before);
        }

        public void Append(int count)
        {
            if (count == 0) return;
            Log.Append([.. Brain.Log.Skip(_appended).Take(count)], new LeaderEpoch(_epoch), 1);
            _appended += count;
        }

        public void Flush()
        {
            Log.Flush();
            _flushed = _appended;
        }

        /// <summary>Of what is durable, as the loop does it.</summary>
        public void Snapshot()
        {
            Flush();
            var image = Image(Brain.Log.Take(_appended)) with { Provenance = new OffsetAndEpoch(Log.LogEndOffset, new LeaderEpoch(_epoch)) };
            if (Log.LatestSnapshot is { } latest && latest.EndOffset >= image.Provenance.EndOffset) return;
            Log.SnapshotWritten(image.Provenance, Log.WriteSnapshot(image, null), 0);
        }

        /// <summary>The next run: it must find a whole number of appends, at least those that were flushed, and goes on from
        /// there.</summary>
        public Incarnation AfterCrash(Random? chance)
        {
            _disk.Files.Crash(chance);
            var found = new Incarnation(_disk, Brain, 0, 0, _epoch + 1);
            var loaded = found.Log.Load(new SharedLists()).Image;
            var text = ImageText.Of(loaded);
            for (var count = _appended; count >= _flushed; count--)
            {
                if (ImageText.Of(Image(Brain.Log.Take(count))) != text) continue;
                found.Log.Dispose();
                return new Incarnation(_disk, Replayed(count), count, count, _epoch + 1);
            }

            Assert.Fail($"After a crash the metadata are neither those of the {_flushed} records that were flushed nor of any up to the {_appended} that were appended.");
            return found;
        }

        /// <summary>A brain that has come so far and no further.</summary>
        private Brain Replayed(int count)
        {
            var brain = new Brain(seed: _epoch + 1, formatted: false);
            brain.Take([.. Brain.Log.Take(count)]);
            return brain;
        }

        private static MetadataImage Image(IEnumerable<VersionedRecord> records) => Tests.Brain.Replayed(records);
    }
}
