using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Batches;

/// <summary>What a topic asks of the batches that are produced to it; defaults are those of the configuration.</summary>
public readonly record struct BatchRules()
{
    /// <summary>`max.message.bytes`: of the whole batch, compressed.</summary>
    public int MessageBytesMax { get; init; } = 1_048_588;

    /// <summary>`max.decompressed.message.bytes`.</summary>
    public int DecompressedBytesMax { get; init; } = 2_147_483_639;

    /// <summary>Compacted topics (`cleanup.policy` contains `compact`) want a key in every record.</summary>
    public bool KeysRequired { get; init; }

    /// <summary>`message.timestamp.type`.</summary>
    public TimestampType TimestampType { get; init; } = TimestampType.CreateTime;

    /// <summary>`message.timestamp.before.max.ms`.</summary>
    public long TimestampBeforeMaxMs { get; init; } = long.MaxValue;

    /// <summary>`message.timestamp.after.max.ms`.</summary>
    public long TimestampAfterMaxMs { get; init; } = 3_600_000;
}

/// <summary>What is wrong with one record of a batch, counted from 0 (KIP-467).</summary>
public readonly record struct RecordError(int BatchIndex, string Message);

/// <summary>What <see cref="BatchValidator"/> found.</summary>
public readonly struct BatchVerdict
{
    /// <summary><see cref="ErrorCode.None"/> for a batch that may be appended.</summary>
    public ErrorCode Error { get; internal init; }

    /// <summary>What is wrong with the whole of it; null if nothing is.</summary>
    public string? Message { get; internal init; }

    /// <summary>Records at fault, if it is those: <see cref="BatchValidator.RecordErrorsMax"/> at most.</summary>
    public IReadOnlyList<RecordError> RecordErrors => _recordErrors ?? [];

    public BatchHeader Header { get; internal init; }

    /// <summary>Latest timestamp as it has to stand in the log: of the records, or the time of the append.</summary>
    public long MaxTimestamp { get; internal init; }

    /// <summary>First record that has <see cref="MaxTimestamp"/>, counted in offsets from the base offset.</summary>
    public int OffsetDeltaOfMaxTimestamp { get; internal init; }

    /// <summary>
    /// Whether timestamp type or maximum must be set (<see cref="BatchHeader.SetMaxTimestamp"/>) before the batch is appended.
    /// </summary>
    public bool NeedsTimestamp { get; internal init; }

    public bool IsValid => Error == ErrorCode.None;

    private readonly List<RecordError>? _recordErrors;

    internal BatchVerdict(List<RecordError>? recordErrors) => _recordErrors = recordErrors;

    internal static BatchVerdict Refuse(ErrorCode error, string message) => new() { Error = error, Message = message };
}
