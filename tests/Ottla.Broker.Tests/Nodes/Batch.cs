using System.Text;
using Ottla.Protocol.Batches;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Nodes;

/// <summary>Batches of records whose values are texts.</summary>
internal static class Batch
{
    /// <summary>Young: a producer whose last batch is older than a day is forgotten by a restart.</summary>
    public static readonly long TimestampMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    public static Records Of(params string[] values) => Of(new BatchOptions(), values);

    public static Records Of(BatchOptions options, params string[] values)
    {
        using var builder = new BatchBuilder(options);
        for (var i = 0; i < values.Length; i++)
            builder.Append(TimestampMs + i, new NullableBytes("key"u8), new NullableBytes(Encoding.UTF8.GetBytes(values[i])));
        return new Records(builder.Build().ToArray());
    }

    /// <summary>As an idempotent producer sends it.</summary>
    public static Records From(long producerId, int sequence, params string[] values) =>
        Of(new BatchOptions { ProducerId = new(producerId), ProducerEpoch = 0, BaseSequence = sequence }, values);

    public static Records OfBytes(int bytes) => Of(new string('x', bytes));

    /// <summary>Offset and value of every record of whole batches.</summary>
    public static List<(long Offset, string Value)> Read(Records records)
    {
        var found = new List<(long, string)>();
        var bytes = records.Memory;
        while (BatchHeader.TryRead(bytes.Span, out var header) && header.SizeInBytes <= bytes.Length)
        {
            Assert.True(header.HasValidCrc(bytes.Span[..header.SizeInBytes]));
            using var opened = BatchRecords.Open(bytes.Span[..header.SizeInBytes]);
            foreach (var record in opened) found.Add((record.Offset.Value, Encoding.UTF8.GetString(record.Value.Span)));
            bytes = bytes[header.SizeInBytes..];
        }

        Assert.Equal(0, bytes.Length);
        return found;
    }

    public static string[] Values(Records records) => [.. Read(records).Select(record => record.Value)];
}
