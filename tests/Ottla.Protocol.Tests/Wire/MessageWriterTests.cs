using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Protocol.Tests.Wire;

public sealed class MessageWriterTests
{
    private sealed class FileRange(int length) : IRecordsSource
    {
        public int Length => length;

        public bool IsDisposed { get; private set; }

        public int ReadInto(Span<byte> destination)
        {
            destination.Fill(7);
            return Math.Min(length, destination.Length);
        }

        public void Dispose() => IsDisposed = true;
    }

    [Fact]
    public void Few_records_that_lie_elsewhere_are_read_into_the_buffer_and_given_back()
    {
        var range = new FileRange(1000);
        using var writer = new MessageWriter();
        writer.WriteRecords(new Records(range), flexible: false);
        Assert.Empty(writer.Splices);
        Assert.True(range.IsDisposed);
        Assert.Equal(1004, writer.TotalLength);
        Assert.Equal(7, writer.WrittenSpan[^1]);
    }

    [Fact]
    public void Records_that_lie_elsewhere_are_not_copied_but_counted()
    {
        var range = new FileRange(100_000);
        var partition = new FetchResponse.PartitionData { PartitionIndex = 3, Records = new Records(range) };
        var response = new FetchResponse { Responses = [new() { TopicId = new(1, 2), Partitions = [partition] }] };
        using var writer = new MessageWriter();
        response.Write(writer, 13);
        var splice = Assert.Single(writer.Splices);
        Assert.Same(range, splice.Source);
        Assert.Equal(writer.Length + 100_000, writer.TotalLength);

        var inPlace = new byte[100_000];
        partition.Records = new Records(inPlace);
        var copied = MessageType.Write(response, 13);
        byte[] joined = [.. writer.WrittenSpan[..splice.Position], .. inPlace, .. writer.WrittenSpan[splice.Position..]];
        Assert.Equal(copied, joined);
    }

    [Fact]
    public void A_tagged_field_of_128_bytes_and_more_has_a_longer_length()
    {
        foreach (var length in new[] { 0, 1, 124, 125, 126, 127, 128, 16_380, 16_384, 32_000 })
        {
            var request = new FetchRequest { ClusterId = new string('c', length), ReplicaState = new() { ReplicaId = 4 } };
            var bytes = MessageType.Write(request, 15);
            var reader = new MessageReader(bytes);
            var read = FetchRequest.Read(ref reader, 15);
            Assert.Equal(0, reader.Remaining);
            Assert.Equal(length, read.ClusterId!.Length);
            Assert.Equal(4, read.ReplicaState.ReplicaId);
        }
    }

    [Fact]
    public void A_splice_behind_a_length_that_grew_moves_with_it()
    {
        using var writer = new MessageWriter();
        var tags = new TagSection(writer, null);
        tags.Begin(0);
        writer.WriteRecords(new Records(new FileRange(50_000)), flexible: true);
        tags.End();
        tags.Complete();
        // Count, tag, three bytes of the value's length (50,003), three of the records' own.
        Assert.Equal("0100d38603d18603", Convert.ToHexStringLower(writer.WrittenSpan));
        Assert.Equal(8, Assert.Single(writer.Splices).Position);
        Assert.Equal(50_008, writer.TotalLength);
    }

    [Fact]
    public void Unknown_tags_are_written_back_between_the_known_ones()
    {
        // ApiVersions response v3 with the known tags 1 and 3 and the unknown ones 2000 and 4.
        var bytes = Convert.FromHexString("0000" + "01" + "00000000" + "04" + "01080000000000000007" + "030101" + "0402aabb" + "d00f00");
        var reader = new MessageReader(bytes);
        var response = ApiVersionsResponse.Read(ref reader, 3);
        Assert.Equal([4, 2000], response.UnknownTags!.Select(tag => tag.Tag));
        Assert.Equal(7, response.FinalizedFeaturesEpoch);
        response.UnknownTags!.Insert(0, new UnknownTag(0, new byte[] { 1 }));
        Assert.Equal("00000100000000" + "05" + "000101" + "01080000000000000007" + "030101" + "0402aabb" + "d00f00",
            Convert.ToHexStringLower(MessageType.Write(response, 3)));
    }

    [Fact]
    public void More_than_127_unknown_tags_are_counted_in_two_bytes()
    {
        var tags = Enumerable.Range(0, 300).Select(tag => new UnknownTag(tag, default)).ToList();
        using var writer = new MessageWriter();
        writer.WriteUnknownTags(tags);
        var reader = new MessageReader(writer.WrittenMemory);
        Assert.Equal(tags.Select(tag => tag.Tag), TagReader.ReadUnknown(ref reader)!.Select(tag => tag.Tag));
    }

    [Fact]
    public void A_field_that_the_version_lacks_is_refused_by_name_unless_it_may_be_dropped()
    {
        var refused = Assert.Throws<UnsupportedVersionException>(() =>
            MessageType.Write(new FetchRequest { ForgottenTopicsData = [new()] }, 6));
        Assert.Equal("ForgottenTopicsData", refused.FieldName);
        Assert.Equal("FetchRequest.ForgottenTopicsData is set, but version 6 cannot carry it.", refused.Message);
        MessageType.Write(new FetchRequest { SessionId = 8, RackId = "ignorable" }, 6);
    }

    [Fact]
    public void A_null_that_the_version_cannot_carry_is_refused_by_name()
    {
        Assert.Equal("Topics",
            Assert.Throws<UnsupportedVersionException>(() => MessageType.Write(new MetadataRequest { Topics = null }, 0)).FieldName);
        MessageType.Write(new MetadataRequest { Topics = null }, 1);
    }

    [Fact]
    public void A_string_longer_than_the_protocol_allows_is_refused() => Assert.Throws<InvalidOperationException>(() =>
        MessageType.Write(new ListGroupsRequest { StatesFilter = [new string('s', short.MaxValue + 1)] }, 4));

    [Fact]
    public void A_frame_length_is_patched_once_it_is_known()
    {
        using var writer = new MessageWriter();
        writer.WriteInt32(0);
        ResponseHeader.Write(writer, 77, flexible: true);
        writer.PatchInt32(0, writer.TotalLength - 4);
        Assert.Equal("000000050000004d00", Convert.ToHexStringLower(writer.WrittenSpan));
        writer.Reset();
        Assert.Equal(0, writer.TotalLength);
    }

    [Fact]
    public void A_disposed_writer_writes_no_more()
    {
        var writer = new MessageWriter();
        writer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writer.WriteInt32(1));
    }
}
