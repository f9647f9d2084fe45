using FsCheck;
using FsCheck.Fluent;
using Ottla.Protocol.Primitives;

namespace Ottla.Log.Tests;

/// <summary>Any sequence of what can happen to a log, beside a list that says what must be in it.</summary>
public sealed class ModelTests
{
    [Fact]
    public void Any_sequence_of_appends_truncations_deletions_and_crashes_reads_back_as_the_model() =>
        Prop.ForAll(ArbMap.Default.ArbFor<Tuple<byte, ushort>[]>(),
            script => new Run().Play(script)).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(120));

    private sealed record Batch(long BaseOffset, long NextOffset, int Epoch, int Sequence, string[] Values);

    private sealed class Run
    {
        private readonly LogFixture _fixture = new(canCrash: true, handlesMax: 3);
        private readonly List<Batch> _model = [];
        private PartitionLog _log;
        private long _start;
        private long _end;
        private int _epoch;
        private int _sequence;

        /// <summary>What the directory's checkpoint says: never more than was durable when it was written.</summary>
        private long _checkpoint;

        public Run()
        {
            _fixture.Settings = LogSettings.Default with { SegmentBytes = 700, IndexIntervalBytes = 90, RetentionMs = -1 };
            _log = _fixture.Create();

            // as the owner of new logs does
            _fixture.Disk.TryFlushVolume("/");
        }

        public bool Play(Tuple<byte, ushort>[] script)
        {
            foreach (var (what, how) in script)
            {
                Step(what % 23, how);
                Compare();
            }

            Stop(clean: true);
            Compare();
            return true;
        }

        private void Step(int what, int how)
        {
            switch (what)
            {
                case < 9: Append(1 + how % 4, how); break;
                case 9: _log.Roll(); break;
                case 10: _epoch++; break;
                case 11: Truncate(how); break;
                case 12: DeleteRecords(_start + how % (_end - _start + 1)); break;
                case 13: Retain(how % 2000); break;
                case 14: _log.Flush(); break;
                case 15: Stop(clean: true); break;
                case 16: Stop(clean: false); break;
                case 17: StopWithGarbage(how); break;
                case 18: PullThePlug(how); break;
                case 19: Follow(1 + how % 3, how); break;
                case 20: _checkpoint = _log.RecoveryPoint.Value; break;
                case 21: BeginAnew(_end + how % 50); break;
                default: _log.Flush(new(_start + how % (_end - _start + 1))); break;
            }
        }

        private void Append(int batches, int how)
        {
            var bytes = new List<byte[]>();
            var at = _end;
            for (var i = 0; i < batches; i++)
            {
                var values = Enumerable.Range(0, 1 + (how + i) % 3).Select(k => $"{at + k}/{_epoch}" + new string('.',
                    (how >> 3) % 120)).ToArray();
                bytes.Add(Batches.From(1, 0, _sequence, values));
                _model.Add(new(at, at + values.Length, _epoch, _sequence, values));
                _sequence += values.Length;
                at += values.Length;
            }

            var done = _log.Append(_epoch, [.. bytes]);
            Assert.All(done, batch => Assert.Equal((ErrorCode.None, false), (batch.Error, batch.IsDuplicate)));
            _end = at;
        }

        /// <summary>As a leader has them: offsets and epochs are given.</summary>
        private void Follow(int batches, int how)
        {
            for (var i = 0; i < batches; i++)
            {
                string[] values = [$"{_end}/{_epoch}" + new string('-', (how >> 2) % 90)];
                var batch = Batches.From(1, 0, _sequence, values);
                Protocol.Batches.BatchHeader.SetBaseOffset(batch, new(_end));
                Protocol.Batches.BatchHeader.SetPartitionLeaderEpoch(batch, new(_epoch));
                PendingBatch[] pending = [Batches.Pending(batch)];
                _log.AppendAsFollower(pending, new(_epoch + 1));
                Assert.Equal(ErrorCode.None, pending[0].Error);
                _model.Add(new(_end, _end + 1, _epoch, _sequence, values));
                _sequence++;
                _end++;
            }
        }

        /// <summary>A leader's log begins behind the end of this one.</summary>
        private void BeginAnew(long offset)
        {
            _log.TruncateFullyAndStartAt(new(offset));
            Assert.Equal((offset, offset, offset), (_log.LogStartOffset.Value, _log.LogEndOffset.Value, _log.RecoveryPoint.Value));
            _model.Clear();
            _start = _end = offset;
            _sequence = 0;
            _checkpoint = Math.Min(_checkpoint, offset);
        }

        private void Truncate(int how)
        {
            var candidates = _model.Select(batch => batch.BaseOffset).Where(at => at >= _start).Append(_end).ToArray();
            var offset = candidates[how % candidates.Length];
            _log.TruncateTo(new(offset));
            if (offset < _end) DropFrom(offset);

            // the directory writes it anew before long
            _checkpoint = Math.Min(_checkpoint, _log.RecoveryPoint.Value);
        }

        private void DropFrom(long offset)
        {
            _end = offset;
            _model.RemoveAll(batch => batch.NextOffset > offset);
            _sequence = _model is [.., var last] ? last.Sequence + last.Values.Length : _log.ActiveProducers is [var known]
                ? known.LastSequence + 1 : 0;
        }

        private void DeleteRecords(long upTo)
        {
            Assert.Equal(ErrorCode.None, _log.DeleteRecords(new(upTo)));
            _start = Math.Max(_start, upTo);
        }

        private void Retain(int bytes)
        {
            _log.Configure(_fixture.Settings with { RetentionBytes = bytes });
            _log.ApplyRetention(new(_end));
            _log.Configure(_fixture.Settings);
            Assert.InRange(_log.LogStartOffset.Value, _start, _end);
            _start = _log.LogStartOffset.Value;
        }

        private void Stop(bool clean)
        {
            var isNoted = clean && _end % 2 == 0;
            _log.Close(clean);
            if (clean) _checkpoint = _end;
            _log = _fixture.Open(clean, _checkpoint, _start, activeBytes: isNoted ? _log.ActiveSegmentBytes : -1);
            Resume();
        }

        private void StopWithGarbage(int how)
        {
            _log.Close(clean: false);
            var last = _fixture.Files().LastOrDefault(name => name.EndsWith(".log", StringComparison.Ordinal));
            var garbage = Batches.Of(new string('g', how % 50));
            if (last is not null) _fixture.AppendGarbage(last, garbage[..(1 + how % (garbage.Length - 1))]);
            _log = _fixture.Open(clean: false, _checkpoint, _start);
            Resume();
        }

        private void PullThePlug(int how)
        {
            var recoveryPoint = _log.RecoveryPoint.Value;
            _fixture.Disk.Crash(how % 3 == 0 ? null : new Random(how));
            _log = _fixture.Open(clean: false, _checkpoint, _start);
            Assert.InRange(_log.LogEndOffset.Value, recoveryPoint, Math.Max(_end, _start));
            if (_log.LogEndOffset.Value < _end) DropFrom(_log.LogEndOffset.Value);
            Resume();
        }

        /// <summary>What a producer sends again after a restart, of which it heard no answer, is known again.</summary>
        private void Resume()
        {
            if (_model is not [.., var last] || last.BaseOffset < _start) return;
            var again = _log.AppendOne(Batches.From(1, 0, last.Sequence, last.Values), _epoch);
            Assert.Equal((true, last.BaseOffset), (again.IsDuplicate, again.BaseOffset.Value));
        }

        private void Compare()
        {
            Assert.Equal((_start, _end), (_log.LogStartOffset.Value, _log.LogEndOffset.Value));
            var expected = _model.SelectMany(batch => batch.Values.Select((value, i) => (Offset: batch.BaseOffset + i,
                Value: value))).Where(record => record.Offset >= _start).ToList();
            Assert.Equal(expected, _log.Records());
            Assert.Equal(expected, _log.Records(maxBytes: 1));
            foreach (var batch in _model)
            {
                if (batch.BaseOffset >= _start) Assert.Equal(batch.Epoch, _log.EpochAt(new(batch.BaseOffset)).Value);
            }
        }
    }
}
