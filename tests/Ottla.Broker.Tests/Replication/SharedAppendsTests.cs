using Ottla.Broker.Replication;
using Ottla.Broker.Tests.Nodes;
using Ottla.Log;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using Ottla.Runtime.Loops;

namespace Ottla.Broker.Tests.Replication;

public sealed class SharedAppendsTests
{
    private readonly List<FileCall> _writes = [];
    private Func<FileCall, Exception?> _fault = _ => null;

    private delegate SharedAppend Share(Partition partition, string value, long producerId = -1, int sequence = -1);

    [Fact]
    public void Batches_of_one_turn_are_written_at_once_and_keep_their_order()
    {
        var (weather, clicks) = (Hosted("weather"), Hosted("clicks"));
        var appends = InOneTurn(shared =>
        [
            shared(weather, "a"), shared(clicks, "x"), shared(weather, "b"), shared(weather, "c"),
        ]);
        Assert.Equal([0L, 0, 1, 2], appends.Select(append => append.BaseOffset.Value));
        Assert.Equal(3, weather.Log!.LogEndOffset.Value);
        Assert.Equal(2, _writes.Count(call => call.Path.EndsWith(".log", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_batch_that_is_refused_leaves_the_others_alone()
    {
        var weather = Hosted("weather");
        var appends = InOneTurn(shared =>
        [
            shared(weather, "a"), shared(weather, "gap", producerId: 5, sequence: 3), shared(weather, "b"),
        ], expected: [ErrorCode.None, ErrorCode.None, ErrorCode.None]);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, InOneTurn(shared =>
        [
            shared(weather, "gap", producerId: 5, sequence: 9), shared(weather, "c"),
        ])[0].Error);
        Assert.Equal(4, weather.Log!.LogEndOffset.Value);
        Assert.Equal([0L, 1, 2], appends.Select(append => append.BaseOffset.Value));
    }

    [Fact]
    public void A_disk_that_refuses_is_told_to_all_whose_batches_it_hit()
    {
        var (weather, clicks) = (Hosted("weather"), Hosted("clicks"));
        _fault = call => call.Path.Contains("weather", StringComparison.Ordinal) ? new IOException("No space left on device") : null;
        InOneTurn(shared => [shared(weather, "a"), shared(clicks, "x"), shared(weather, "b")],
            expected: [ErrorCode.KafkaStorageError, ErrorCode.None, ErrorCode.KafkaStorageError]);
        Assert.Equal(1, clicks.Log!.LogEndOffset.Value);
    }

    [Fact]
    public void A_fault_of_the_program_is_thrown_to_those_whose_batches_it_hit_and_to_nobody_else()
    {
        var (weather, clicks) = (Hosted("weather"), Hosted("clicks"));
        _fault = call => call.Path.Contains("weather", StringComparison.Ordinal) ? new NotSupportedException("a bug") : null;
        var turn = new Turn();
        turn.Begin(isShared: true);
        var hit = Add(turn, weather, "a");
        var spared = Add(turn, clicks, "x");
        turn.End();
        Assert.Throws<NotSupportedException>(() => hit.Outcome(out _));
        Assert.Equal(ErrorCode.None, spared.Outcome(out _).Error);
    }

    private static List<PendingBatch> InOneTurn(Func<Share, List<SharedAppend>> add, ErrorCode[]? expected = null)
    {
        var turn = new Turn();
        turn.Begin(isShared: true);
        var appends = add((partition, value, producerId, sequence) => Add(turn, partition, value, producerId, sequence));
        turn.End();
        var outcomes = appends.Select(append => (Error: append.Outcome(out var pending).Error, pending)).ToList();
        if (expected is not null) Assert.Equal(expected, outcomes.Select(outcome => outcome.Error == ErrorCode.None ? outcome.pending.Error : outcome.Error));
        return [.. outcomes.Select(outcome => outcome.pending)];
    }

    private static SharedAppend Add(Turn turn, Partition partition, string value, long producerId = -1, int sequence = -1)
    {
        var bytes = (producerId < 0 ? Batch.Of(value) : Batch.From(producerId, sequence, value)).Memory.ToArray();
        Assert.True(BatchHeader.TryRead(bytes, out var header));
        return turn.Gathering<SharedAppends>().Add(turn, partition, new PendingBatch(bytes, header), wantsAllReplicas: true);
    }

    private Partition Hosted(string name)
    {
        var files = new FaultyFileSystem(new MemoryFileSystem(), call =>
        {
            if (_fault(call) is { } fault) throw fault;
            if (call.Operation == FileOperation.Write) _writes.Add(call);
        });
        return new ReplicaScene(files).Host(name, replicas: [1]);
    }
}
