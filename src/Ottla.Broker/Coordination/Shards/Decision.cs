using Ottla.Broker.Coordination.Groups;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Coordination.Shards;

/// <summary>What one step of the brain asks for: records to append, what to do once they stand in the log (or can't), and
/// answers.</summary>
/// <remarks>
/// Filled and drained on the shard's loop. All records of a decision go into one batch, so they are taken or refused together, unless it
/// says that each of them is true alone (<see cref="MaySplit"/>). The order is: append, replay, then <see cref="WhenAppended"/> in the
/// order given, then answers leave, once the batch is committed. If the append is refused nothing is replayed and every answer turns into
/// its refusal with the error mapped for groups.
/// </remarks>
internal sealed class Decision(long nowMs)
{
    private List<(GroupRecord Record, bool Replay)>? _records;
    private List<(Reply Reply, object Response)>? _answers;
    private List<Action<ErrorCode, Decision>>? _whenAppended;

    /// <summary>The time of the step, in ms since the epoch; a step has one time.</summary>
    public long NowMs => nowMs;

    /// <summary>The records may go into several batches, in their order, where one would be too large: as when a group's offsets
    /// expire.</summary>
    public bool MaySplit { get; set; }

    public IReadOnlyList<(GroupRecord Record, bool Replay)> Records => _records ?? [];

    public IReadOnlyList<(Reply Reply, object Response)> Answers => _answers ?? [];

    public IReadOnlyList<Action<ErrorCode, Decision>> Followers => _whenAppended ?? [];

    /// <summary>Appends a record; the state changes when it is replayed.</summary>
    public void Append(GroupRecord record) => (_records ??= []).Add((record, true));

    /// <summary>Appends a record that says what the state already is. Members of a classic group come and go without records (they survive
    /// a failover as of the last generation only), so replaying the group's record into the living group would lose who waits for an
    /// answer.</summary>
    public void AppendWithoutReplay(GroupRecord record) => (_records ??= []).Add((record, false));

    /// <summary>Runs after the append, with the error that groups answer or <see cref="ErrorCode.None"/>, and a decision of its
    /// own.</summary>
    public void WhenAppended(Action<ErrorCode, Decision> step) => (_whenAppended ??= []).Add(step);

    /// <summary>Answers a request, this one or one that has waited, once this decision's records are committed.</summary>
    public void Answer<T>(Reply<T> reply, T response) where T : class => (_answers ??= []).Add((reply, response));

    /// <summary>Its records are committed: the answers leave.</summary>
    public void Send()
    {
        foreach (var (reply, response) in Answers) reply.Send(response);
    }

    /// <summary>It was not taken, or nobody knows: every answer turns into its refusal.</summary>
    public void Refuse(ErrorCode error)
    {
        foreach (var (reply, _) in Answers) reply.Refuse(error);
    }
}

/// <summary>The answer that a request waits for: given once, later calls are ignored.</summary>
internal abstract class Reply
{
    public abstract void Send(object response);

    /// <summary>Answers with an error instead.</summary>
    public abstract void Refuse(ErrorCode error);
}

/// <inheritdoc/>
/// <remarks>Completed from the shard's loop; the waiting handler goes on elsewhere.</remarks>
internal sealed class Reply<T>(Func<ErrorCode, T> refusal) : Reply where T : class
{
    private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _source.Task;

    public override void Send(object response) => _source.TrySetResult((T)response);

    public override void Refuse(ErrorCode error) => _source.TrySetResult(refusal(error));
}
