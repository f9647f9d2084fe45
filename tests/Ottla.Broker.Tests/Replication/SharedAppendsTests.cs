using Microsoft.Extensions.Logging.Abstractions;
using Ottla.Broker.Replication;
using Ottla.Broker.Tests.Nodes;
using Ottla.Configuration.Settings;
using Ottla.Configuration.Sources;
using Ottla.Log;
using Ottla.Log.Directories;
using Ottla.Log.Handles;
using Ottla.Log.Retention;
using Ottla.Metadata.Image;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Runtime.Files;
using Ottla.Runtime.Loops;

namespace Ottla.Broker.Tests.Replication;

public sealed class SharedAppendsTests
{
    private static readonly Uuid Id = new(1, 2);

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
        Assert.Equal(ErrorCode.None, spared.Outcome(out _));
    }

    private static List<PendingBatch> InOneTurn(Func<Share, List<SharedAppend>> add, ErrorCode[]? expected = null)
    {
        var turn = new Turn();
        turn.Begin(isShared: true);
        var appends = add((partition, value, producerId, sequence) => Add(turn, partition, value, producerId, sequence));
        turn.End();
        var outcomes = appends.Select(append => (Error: append.Outcome(out var pending), pending)).ToList();
        if (expected is not null) Assert.Equal(expected, outcomes.Select(outcome => outcome.Error));
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
        files.CreateDirectory("/data");
        var context = new LogContext(files, TimeProvider.System, new FileCache(files, 8), NullLogger.Instance, new FileDeletions(files, TimeProvider.System));
        var directories = new LogDirectories(context, new LogDirectoriesOptions(), [("/data", new Uuid(3, 4))], "/data", new Random(1), _ => { });
        var settings = BrokerSettings.Load(StaticConfig.Of([("process.roles", "broker,controller"), ("node.id", "1"), ("controller.quorum.voters", "1@127.0.0.1:9"),
            ("listeners", "PLAINTEXT://:1,CONTROLLER://:2"), ("controller.listener.names", "CONTROLLER"), ("log.dirs", "/data")])).Settings!;
        var topic = new HostedTopic(name, Id, new TopicPolicy(settings.TopicDefaults, settings.Log.ProducerIdExpirationMs));
        directories.Load(_ => topic.Policy.Log);
        var partition = new Partition(topic, new TopicPartition(name, 0), new BrokerId(1));
        var (hosted, error) = directories.GetOrCreate(partition.Name, Id, topic.Policy.Log, null);
        Assert.Equal(ErrorCode.None, error);
        partition.Apply(new PartitionRegistration
        {
            Replicas = [1], Isr = [1], Directories = [new Uuid(3, 4)], Leader = 1, LeaderEpoch = new LeaderEpoch(0), PartitionEpoch = 0,
        }, hosted);
        return partition;
    }
}
