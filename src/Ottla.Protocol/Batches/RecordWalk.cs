using Ottla.Protocol.Primitives;

namespace Ottla.Protocol.Batches;

/// <summary>One pass over the encoded records of a produced batch: do they fit, and what do their timestamps and keys say.</summary>
internal struct RecordWalk
{
    private readonly int _count;
    private readonly long _baseTimestamp;
    private readonly long _earliest;
    private readonly long _latest;
    private readonly bool _keysRequired;

    public RecordWalk(in BatchHeader header, in BatchRules rules, long nowMs)
    {
        _count = header.RecordCount;
        _baseTimestamp = header.BaseTimestamp;
        _keysRequired = rules.KeysRequired;
        var isCreateTime = rules.TimestampType == TimestampType.CreateTime;
        _earliest = isCreateTime ? nowMs - rules.TimestampBeforeMaxMs : long.MinValue;
        _latest = isCreateTime && rules.TimestampAfterMaxMs < long.MaxValue - nowMs ? nowMs + rules.TimestampAfterMaxMs : long.MaxValue;
        MaxTimestamp = BatchHeader.NoTimestamp;
    }

    /// <summary>Why these are not the records that the header announced; null if they are.</summary>
    public string? Problem { get; private set; }

    public long MaxTimestamp { get; private set; }

    public int IndexOfMaxTimestamp { get; private set; }

    /// <summary>Sound records that the topic refuses; null if there are none.</summary>
    public List<RecordError>? Errors { get; private set; }

    /// <summary>All of them, also those beyond <see cref="BatchValidator.RecordErrorsMax"/>.</summary>
    public int ErrorCount { get; private set; }

    public bool HasBadTimestamp { get; private set; }

    public void Run<TCursor>(ref TCursor cursor)
        where TCursor : struct, IRecordCursor, allows ref struct
    {
        for (var index = 0; index < _count; index++)
        {
            if (!TryPass(ref cursor, out var timestampDelta, out var offsetDelta, out var hasKey))
            {
                Problem = $"Record {index} of {_count} does not fit into the batch, or its fields not into it.";
                return;
            }

            if (offsetDelta != index)
            {
                Problem = $"Record {index} of {_count} has the offset delta {offsetDelta}.";
                return;
            }

            Note(index, _baseTimestamp + timestampDelta, hasKey);
        }

        if (!cursor.IsAtEnd()) Problem = $"Bytes follow the last of {_count} records.";
    }

    private static bool TryPass<TCursor>(ref TCursor cursor, out long timestampDelta, out int offsetDelta, out bool hasKey)
        where TCursor : struct, IRecordCursor, allows ref struct
    {
        offsetDelta = 0;
        timestampDelta = 0;
        hasKey = false;
        if (!cursor.TryRead(out int length) || length < 0) return false;
        var end = cursor.Position + length;
        if (!cursor.TrySkip(1) || !cursor.TryRead(out timestampDelta) || !cursor.TryRead(out offsetDelta)) return false;
        if (!cursor.TryRead(out int key) || !cursor.TrySkip(Math.Max(key, 0))) return false;
        if (!cursor.TryRead(out int value) || !cursor.TrySkip(Math.Max(value, 0))) return false;
        if (!cursor.TryRead(out int headers) || headers < 0) return false;
        hasKey = key >= 0;
        return (headers == 0 || TryPassHeaders(ref cursor, headers, end)) && cursor.Position == end;
    }

    private static bool TryPassHeaders<TCursor>(ref TCursor cursor, int count, long end)
        where TCursor : struct, IRecordCursor, allows ref struct
    {
        for (; count > 0; count--)
        {
            if (cursor.Position >= end) return false;
            if (!cursor.TryRead(out int key) || key < 0 || !cursor.TrySkip(key)) return false;
            if (!cursor.TryRead(out int value) || !cursor.TrySkip(Math.Max(value, 0))) return false;
        }

        return true;
    }

    private void Note(int index, long timestamp, bool hasKey)
    {
        if (timestamp > MaxTimestamp)
        {
            MaxTimestamp = timestamp;
            IndexOfMaxTimestamp = index;
        }

        if (_keysRequired && !hasKey)
        {
            Refuse(index, "Compacted topic cannot accept message without key");
        }
        else if ((timestamp < _earliest || timestamp > _latest) && timestamp != BatchHeader.NoTimestamp)
        {
            HasBadTimestamp = true;
            Refuse(index,
                $"Timestamp {timestamp} is outside of {_earliest} to {_latest} (message.timestamp.before.max.ms and .after.max.ms)");
        }
    }

    private void Refuse(int index, string message)
    {
        Errors ??= [];
        ErrorCount++;
        if (Errors.Count < BatchValidator.RecordErrorsMax) Errors.Add(new RecordError(index, message));
    }
}
