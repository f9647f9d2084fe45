using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Ottla.Broker.Coordination;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Tests.Coordination;

/// <summary>A coordinator over one partition in memory, with a clock that the test moves, and what it logs.</summary>
internal sealed class CoordinatorScene : IAsyncDisposable
{
    public static readonly GroupRequestContext V8 = new("app", "/10.0.0.1", 8, ApiKey.OffsetCommit);

    private readonly List<GroupCoordinator> _made = [];

    public CoordinatorScene()
    {
        Topics.Add("orders", 100);
        Topics.Add(GroupCoordinator.OffsetsTopic, 1);
        First = Make();
    }

    public MemoryOffsetsLog Log { get; } = new();

    public Topics Topics { get; } = new();

    public ManualTime Time { get; } = new();

    public Lines Logged { get; } = new();

    /// <summary>What would have ended the process; a test that brings one about takes it out.</summary>
    public ConcurrentQueue<Exception> Faults { get; } = new();

    public GroupCoordinator First { get; }

    /// <param name="isStopped">Whether it is stopped at the end; one whose loop has ended by a fault can't be.</param>
    public GroupCoordinator Make(ITopicCatalog? topics = null, bool isStopped = true)
    {
        var settings = new GroupSettings { InitialRebalanceDelayMs = 0 };
        var made = new GroupCoordinator(settings, Log, topics ?? Topics, Time, new Random(_made.Count + 1), Logged, Faults.Enqueue);
        if (isStopped) _made.Add(made);
        return made;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var coordinator in _made) await coordinator.Stop();
        Assert.Empty(Faults);
    }

    public static OffsetCommitRequest CommitOf(string group, long offset, int partition = 0, string topic = "orders", string metadata = "") => new()
    {
        GroupId = group,
        GenerationIdOrMemberEpoch = -1,
        Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset, CommittedMetadata = metadata }] }],
    };

    public static async Task<ErrorCode> Commit(GroupCoordinator coordinator, string group, long offset, int partition = 0, string topic = "orders") =>
        (await coordinator.CommitOffsets(CommitOf(group, offset, partition, topic), V8).WaitAsync(Patience.Long)).Topics[0].Partitions[0].ErrorCode;

    /// <summary>The offset, or minus the error.</summary>
    public static async Task<long> Committed(GroupCoordinator coordinator, string group, int partition = 0)
    {
        var request = new OffsetFetchRequest { Groups = [new() { GroupId = group, Topics = [new() { Name = "orders", PartitionIndexes = [partition] }] }] };
        var answer = (await coordinator.FetchOffsets(request, V8).WaitAsync(Patience.Long)).Groups[0];
        return answer.ErrorCode == ErrorCode.None ? answer.Topics[0].Partitions[0].CommittedOffset : -(long)answer.ErrorCode;
    }

    public static JoinGroupRequest JoinOf(string group, string member = "") => new()
    {
        GroupId = group,
        MemberId = member,
        SessionTimeoutMs = 60_000,
        RebalanceTimeoutMs = 60_000,
        ProtocolType = "consumer",
        Protocols = [new() { Name = "range", Metadata = new byte[] { 0, 0, 0, 0, 0, 0 } }],
    };

    /// <summary>A group with one member in generation 1; its id.</summary>
    public async Task<string> StableGroup(GroupCoordinator coordinator, string group)
    {
        var joining = coordinator.Join(JoinOf(group), V8 with { ApiVersion = 3 });
        while (!joining.IsCompleted)
        {
            Time.Advance(TimeSpan.Zero);
            await Task.Yield();
        }
        var joined = await joining;
        Assert.Equal(ErrorCode.None, joined.ErrorCode);
        Assert.Equal(ErrorCode.None, (await coordinator.Sync(new() { GroupId = group, MemberId = joined.MemberId, GenerationId = 1 }, V8)).ErrorCode);
        return joined.MemberId;
    }

    internal sealed class Lines : ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public string Text => string.Join('\n', _lines);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception));
    }
}
