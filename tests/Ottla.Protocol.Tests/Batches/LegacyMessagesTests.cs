using Ottla.Protocol.Batches;
using Ottla.Protocol.Wire;

namespace Ottla.Protocol.Tests.Batches;

public sealed class LegacyMessagesTests
{
    public static TheoryData<string> LegacyNames =>
        [.. GoldenCase.All.Where(golden => golden.Batches[0]["magic"] < 2).Select(golden => golden.Name)];

    [Theory, MemberData(nameof(LegacyNames))]
    public void Golden_messages_of_magic_0_and_1_read_as_the_records_that_went_in(string name)
    {
        var golden = GoldenCase.Named(name);
        var reader = new BatchReader(golden.Bytes, checkCrc: true);
        foreach (var batch in golden.Batches)
        {
            Assert.True(reader.Next());
            Assert.Equal((batch["last"], batch.Compression, batch.TimestampType),
                (reader.Header.LastOffset.Value, reader.Header.Compression, reader.Header.TimestampType));
            Assert.Equal(batch["base"], LegacyMessages.BaseOffset(reader.Current).Value);
            var records = LegacyMessages.Read(reader.Current);
            Assert.Equal(batch.Records.Select(record => (record.Offset, record.Timestamp)),
                records.Select(record => (record.Offset.Value, record.Timestamp)));
            Assert.Equal(batch.Records.Select(record => record.Key), records.Select(record => record.Key));
            Assert.Equal(batch.Records.Select(record => record.Value), records.Select(record => record.Value));
        }

        Assert.False(reader.Next());
    }

    [Fact]
    public void A_message_cut_or_changed_anywhere_is_malformed_or_reads_otherwise_but_breaks_nothing()
    {
        foreach (var golden in LegacyNames.Select(row => GoldenCase.Named(row.Data)))
        {
            for (var i = 0; i < Math.Min(golden.Bytes.Length, 300); i++)
            {
                foreach (var value in (byte[])[0, 1, 0x7f, 0x80, 0xff])
                {
                    try
                    {
                        Assert.NotNull(LegacyMessages.Read(BatchHeaderTests.With(golden.Bytes, i, value)));
                    }
                    catch (MalformedMessageException)
                    {
                    }
                }
            }
        }
    }
}
